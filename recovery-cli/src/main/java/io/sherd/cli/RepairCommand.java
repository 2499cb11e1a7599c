package io.sherd.cli;

import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.restore.Repairer;
import io.sherd.archive.restore.VerifyReport;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.ReassemblyException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd repair}: makes the bad pieces of a stopped replica anew, from the other replicas. */
@Command(
        name = "repair",
        description = {
            "Find bad or missing pieces in the archive of a stopped replica and make them anew from the other replicas.",
            "A stored piece is replaced only by one that verifies."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RepairCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ArchiveOptions archive = new ArchiveOptions();

    @Option(
            names = "--timeout",
            defaultValue = "60s",
            paramLabel = "TIME",
            description =
                    "How long to look for one piece; a replica is given an Nth part of it to answer. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofMinutes(1);

    @Option(names = "--dry-run", description = "Say what would be repaired, and change nothing.")
    private boolean dryRun;

    /**
     * What was repaired.
     *
     * @param replica whose archive it is
     * @param found pieces that were bad or missing
     * @param repaired how many of them are good now
     * @param segments their segments
     * @param bytesReceived from the other replicas
     * @param remaining what is still bad
     */
    record RepairReport(
            String replica,
            int found,
            int repaired,
            List<Long> segments,
            long bytesReceived,
            List<VerifyCommand.Verified.Finding> remaining)
            implements Report {

        @Override
        public String schema() {
            return "sherd.repair/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            lines.add("%s: %d bad pieces, %d repaired, %s received%s"
                    .formatted(
                            replica,
                            found,
                            repaired,
                            Units.bytes((double) bytesReceived),
                            segments.isEmpty() ? "" : "; segments " + segments));
            remaining.forEach(finding ->
                    lines.add("BAD  %s segment %d: %s".formatted(finding.kind(), finding.segment(), finding.detail())));
            return lines;
        }
    }

    /** Made by picocli. */
    RepairCommand() {}

    @Override
    public Integer call()
            throws GenesisException, StoreException, InsufficientPiecesException, ReassemblyException,
                    InterruptedException {
        Genesis genesis = archive.genesis();
        StoreOwner owner = archive.owner(genesis);
        try (DataDirectory directory = DataDirectory.open(archive.directory(), owner);
                RocksPieceStore store = RocksPieceStore.open(directory.layout().archive(), owner)) {
            VerifyCommand.Verified before = VerifyCommand.verify(genesis, owner, store, output);
            Set<Long> segments = badPieces(before);
            if (dryRun || segments.isEmpty()) {
                output.print(new RepairReport(
                        ClusterLayout.name(owner.replica()),
                        segments.size(),
                        0,
                        List.copyOf(segments),
                        0,
                        before.findings()));
                return before.exitCode().code();
            }
            long bytesReceived = repair(genesis, owner, store, segments);
            VerifyCommand.Verified after = VerifyCommand.verify(genesis, owner, store, output);
            segments.removeAll(badPieces(after));
            output.print(new RepairReport(
                    ClusterLayout.name(owner.replica()),
                    badPieces(before).size(),
                    segments.size(),
                    List.copyOf(segments),
                    bytesReceived,
                    after.findings()));
            return after.exitCode().code();
        }
    }

    private long repair(Genesis genesis, StoreOwner owner, RocksPieceStore store, Set<Long> segments)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        List<LedgerSource> sources = new ArrayList<>();
        try {
            Duration each = timeout.dividedBy(genesis.quorums().replicaCount());
            EdgeSources others =
                    EdgeSources.of(genesis).without(owner.replica()).within(each);
            for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
                others.open(replica, genesis.members().member(replica)).ifPresent(sources::add);
            }
            Repairer repairer = new Repairer(genesis, store, owner.replica(), sources);
            long bytesReceived = 0;
            for (long segment : segments) {
                bytesReceived += repairer.repair(segment).bytesReceived();
            }
            store.flushAndCompact();
            return bytesReceived;
        } finally {
            sources.forEach(LedgerSource::close);
        }
    }

    private static Set<Long> badPieces(VerifyCommand.Verified verified) {
        Set<Long> segments = new TreeSet<>();
        verified.findings().stream()
                .filter(finding -> finding.kind().equals(VerifyReport.Kind.CORRUPT_PIECE.name())
                        || finding.kind().equals(VerifyReport.Kind.MISSING_PIECE.name()))
                .forEach(finding -> segments.add(finding.segment()));
        return segments;
    }
}
