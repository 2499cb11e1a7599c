package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.restore.RestorePlan;
import io.sherd.archive.restore.RestorePlanner;
import io.sherd.archive.restore.RestoreProgress;
import io.sherd.archive.restore.RestoreRefusedException;
import io.sherd.archive.restore.RestoreVerdict;
import io.sherd.archive.restore.Restorer;
import io.sherd.archive.restore.StateUnavailableException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.DataDirectories;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sherd restore}: makes the data directory of a replica whose disk died anew, from the others. */
@Command(
        name = "restore",
        description = {
            "Make the data directory of a replica whose disk died anew, from the other replicas.",
            "It signs nothing until the cluster has taken it back, which it asks for when it starts.",
            "The same command goes on where it was interrupted. A directory that is in use for the replica is never touched."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RestoreCommand implements Callable<Integer> {
    private static final String PEERS = "peers";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ArchiveOptions archive = new ArchiveOptions();

    @Option(names = "--replica", required = true, paramLabel = "rN", description = "Which replica: r and its number.")
    private String replica = "";

    @Option(
            names = "--source",
            defaultValue = PEERS,
            paramLabel = "WHERE",
            description = "Where from: peers, the other replicas. Default: ${DEFAULT-VALUE}.")
    private String source = PEERS;

    @Option(
            names = "--timeout",
            defaultValue = "60s",
            paramLabel = "TIME",
            description = "Give up when something has been missing for so long. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofMinutes(1);

    @Option(
            names = "--dry-run",
            description = "Ask the sources, say what would be read, written and is missing, and change nothing.")
    private boolean dryRun;

    /**
     * What a restore achieved.
     *
     * @param replica which replica
     * @param directory the fresh name of its data directory
     * @param replacedIncarnation the epoch in which its lost directory began to speak for it
     * @param sequence the certified position up to which everything is there; 0 for a ledger without one
     * @param segments segments whose pieces are stored
     * @param undroppedSegments segments that the node has yet to execute
     * @param hints pieces made for other replicas, whose receipts nobody showed
     * @param stateSequence the position of the restored state
     * @param stateRoot its root
     * @param bytesReceived from all replicas
     * @param bytesBySource the same by replica
     * @param seconds how long it took
     */
    record Restored(
            String replica,
            String directory,
            long replacedIncarnation,
            long sequence,
            long segments,
            long undroppedSegments,
            long hints,
            long stateSequence,
            String stateRoot,
            long bytesReceived,
            SortedMap<String, Long> bytesBySource,
            double seconds)
            implements Report {

        static Restored of(RestoreVerdict verdict) {
            SortedMap<String, Long> bySource = new TreeMap<>();
            verdict.bytesReceived().forEach((number, bytes) -> bySource.put(ClusterLayout.name(number), bytes));
            return new Restored(
                    ClusterLayout.name(verdict.replica()),
                    verdict.directory().bytes().hex(),
                    verdict.replacedIncarnation(),
                    verdict.statement().map(CheckpointStatement::sequence).orElse(0L),
                    verdict.segments(),
                    verdict.undroppedSegments(),
                    verdict.hints(),
                    verdict.state().sequence(),
                    verdict.state().root().hex(),
                    verdict.totalBytesReceived(),
                    bySource,
                    verdict.elapsed().toMillis() / 1000.0);
        }

        @Override
        public String schema() {
            return "sherd.restore/1";
        }

        @Override
        public List<String> text() {
            return List.of(
                    "%s restored: %d segments up to seq %d, state of seq %d root %s, %s received in %s s"
                            .formatted(
                                    replica,
                                    segments,
                                    sequence,
                                    stateSequence,
                                    stateRoot.substring(0, 16),
                                    Units.bytes((double) bytesReceived),
                                    Units.decimal(seconds, 1)),
                    "next: sherd node run; it asks the cluster to take it back, and votes from the epoch that this opens");
        }
    }

    /** Made by picocli. */
    RestoreCommand() {}

    @Override
    public Integer call()
            throws GenesisException, CommandFailure, StoreException, IOException, RestoreRefusedException,
                    ShortageException, StateUnavailableException, ContradictionException, InterruptedException {
        if (!source.equals(PEERS)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--source must be peers: other sources are not there yet");
        }
        Genesis genesis = archive.genesis();
        int number = number(genesis);
        Path directory = archive.directory();
        if (dryRun) {
            RestorePlan plan = new RestorePlanner(settings(genesis, number, directory)).plan();
            RestorePlanReport report = RestorePlanReport.of(plan, directory.toString(), genesis.piecesNeeded());
            output.print(report);
            return report.exitCode().code();
        }
        return restore(genesis, number, directory);
    }

    private Restorer.Settings settings(Genesis genesis, int number, Path directory) {
        return new Restorer.Settings(
                genesis,
                number,
                directory,
                EdgeSources.of(genesis).within(timeout),
                new Ed25519Verifier(),
                _ -> {},
                timeout);
    }

    private int restore(Genesis genesis, int number, Path directory)
            throws StoreException, IOException, RestoreRefusedException, ShortageException, StateUnavailableException,
                    ContradictionException, InterruptedException {
        try (Progress progress = output.progress("restore r" + number, 0, Progress.Unit.SEGMENTS)) {
            Restorer restorer = new Restorer(settings(genesis, number, directory), step -> show(progress, step));
            try (ShutdownWork work = ShutdownWork.stoppedBy(restorer::stop)) {
                return restore(restorer, work, genesis, number, directory);
            }
        }
    }

    private int restore(Restorer restorer, ShutdownWork work, Genesis genesis, int number, Path directory)
            throws StoreException, IOException, RestoreRefusedException, ShortageException, StateUnavailableException,
                    ContradictionException, InterruptedException {
        RestoreVerdict verdict;
        try {
            verdict = restorer.run();
        } catch (InterruptedException e) {
            if (!work.isStopping()) {
                throw e;
            }
            // The process ends for the same reason: nobody waits for this thread's interrupt any more.
            output.note("interrupted; the same command goes on where it was");
            return ExitCode.INTERRUPTED.code();
        }
        DataDirectories.createVotesOfRestored(directory, genesis, number, verdict.directory());
        output.print(Restored.of(verdict));
        return ExitCode.DONE.code();
    }

    private static void show(Progress progress, RestoreProgress step) {
        progress.update(step.segments(), step.targetSegments());
    }

    private int number(Genesis genesis) throws CommandFailure {
        int number = replica.matches("r[0-9]{1,3}") ? Integer.parseInt(replica.substring(1)) : -1;
        if (!genesis.quorums().isReplica(number)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "replica.unknown",
                    "the genesis has no replica \"%s\"".formatted(replica),
                    "replicas are r0 to r" + (genesis.quorums().replicaCount() - 1));
        }
        return number;
    }
}
