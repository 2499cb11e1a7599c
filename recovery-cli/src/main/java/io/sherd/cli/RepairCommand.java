package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.restore.RecordMender;
import io.sherd.archive.restore.Repairer;
import io.sherd.archive.restore.VerifyReport.Kind;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
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
            "Find what is bad in the archive of a stopped replica and make it anew from the other replicas.",
            "Pieces and records alike; only what verifies is stored."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RepairCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ArchiveOptions archive = new ArchiveOptions();

    private static final Set<Kind> PIECES = Set.of(Kind.CORRUPT_PIECE, Kind.MISSING_PIECE, Kind.CORRUPT_HINT);

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
     * @param found segments with a piece that was bad or missing
     * @param repaired how many of them are good now
     * @param segments which
     * @param recordsMended whether records were damaged, and are mended
     * @param bytesReceived from the other replicas, for pieces
     * @param remaining what is still bad
     */
    record RepairReport(
            String replica,
            int found,
            int repaired,
            List<Long> segments,
            boolean recordsMended,
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
            if (recordsMended) {
                lines.add("%s: the records of its archive were damaged, and are mended".formatted(replica));
            }
            lines.add("%s: %d bad pieces, %d repaired, %s received%s"
                    .formatted(
                            replica,
                            found,
                            repaired,
                            Units.bytes((double) bytesReceived),
                            segments.isEmpty() ? "" : "; segments " + segments));
            remaining.forEach(finding -> lines.add("BAD  %s%s: %s"
                    .formatted(
                            finding.kind(),
                            finding.segment() < 0 ? "" : " segment " + finding.segment(),
                            finding.detail())));
            return lines;
        }
    }

    /** Made by picocli. */
    RepairCommand() {}

    @Override
    public Integer call()
            throws GenesisException, StoreException, InsufficientPiecesException, ReassemblyException, CommandFailure,
                    InterruptedException {
        Genesis genesis = archive.genesis();
        StoreOwner owner = archive.owner(genesis);
        try (DataDirectory directory = DataDirectory.open(archive.directory(), owner)) {
            if (!dryRun) {
                RocksPieceStore.finishReplacement(directory.layout().archive());
            }
            VerifyCommand.Verified before = verify(genesis, owner, directory);
            boolean mend = before.kinds().stream().anyMatch(Kind::isRecord);
            Set<Long> found = badPieces(before);
            if (dryRun || (!mend && found.isEmpty())) {
                output.print(new RepairReport(
                        before.replica(), found.size(), 0, List.copyOf(found), false, 0, before.findings()));
                return before.exitCode().code();
            }
            if (mend) {
                mendRecords(genesis, owner, directory);
                // What an unreadable commitment hid shows now.
                found.addAll(badPieces(verify(genesis, owner, directory)));
            }
            long bytesReceived = repair(genesis, owner, directory, found);
            VerifyCommand.Verified after = verify(genesis, owner, directory);
            Set<Long> good = new TreeSet<>(found);
            good.removeAll(badPieces(after));
            output.print(new RepairReport(
                    before.replica(),
                    found.size(),
                    good.size(),
                    List.copyOf(good),
                    mend,
                    bytesReceived,
                    after.findings()));
            return after.exitCode().code();
        }
    }

    private VerifyCommand.Verified verify(Genesis genesis, StoreOwner owner, DataDirectory directory)
            throws StoreException {
        try (RocksPieceStore store =
                RocksPieceStore.openReadOnly(directory.layout().archive())) {
            return VerifyCommand.verify(genesis, owner, store, output);
        }
    }

    private void mendRecords(Genesis genesis, StoreOwner owner, DataDirectory directory)
            throws StoreException, CommandFailure, InterruptedException {
        RecordMender.Outcome outcome;
        try (RocksPieceStore store =
                RocksPieceStore.openReadOnly(directory.layout().archive())) {
            outcome = new RecordMender(genesis, new Ed25519Verifier())
                    .mend(store, RecordMender.Known.NOTHING, others(genesis, owner));
        }
        switch (outcome) {
            case RecordMender.Outcome.Mended mended ->
                RocksPieceStore.replaceRecords(directory.layout().archive(), mended.records());
            case RecordMender.Outcome.NotNow notNow -> {
                List<String> facts = new ArrayList<>();
                notNow.troubles().forEach((replica, why) -> facts.add(ClusterLayout.name(replica) + " " + why));
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "records.unreachable",
                        "the damaged records of the archive cannot be had from anybody now; nothing was written",
                        facts,
                        "start another replica, then run this again");
            }
        }
    }

    private long repair(Genesis genesis, StoreOwner owner, DataDirectory directory, Set<Long> segments)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        if (segments.isEmpty()) {
            return 0;
        }
        List<LedgerSource> sources = new ArrayList<>();
        try (RocksPieceStore store = RocksPieceStore.open(directory.layout().archive(), owner)) {
            EdgeSources others = others(genesis, owner);
            for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
                others.open(replica, genesis.members().member(replica)).ifPresent(sources::add);
            }
            Repairer repairer = new Repairer(genesis, store, owner.replica(), sources);
            long bytesReceived = 0;
            for (long segment : segments) {
                if (repairer.isDamaged(segment, owner.replica())) {
                    bytesReceived += repairer.repair(segment).bytesReceived();
                }
                for (Repairer.Repaired hint : repairer.repairHints(segment)) {
                    bytesReceived += hint.bytesReceived();
                }
            }
            store.flushAndCompact();
            return bytesReceived;
        } finally {
            sources.forEach(LedgerSource::close);
        }
    }

    private EdgeSources others(Genesis genesis, StoreOwner owner) {
        Duration each = timeout.dividedBy(genesis.quorums().replicaCount());
        return LivePeers.of(genesis, each).without(owner.replica());
    }

    private static Set<Long> badPieces(VerifyCommand.Verified verified) {
        Set<Long> segments = new TreeSet<>();
        verified.findings().stream()
                .filter(finding -> PIECES.contains(Kind.valueOf(finding.kind())))
                .forEach(finding -> segments.add(finding.segment()));
        return segments;
    }
}
