package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.machine.StateMachines;
import io.sherd.archive.restore.RestorePlan;
import io.sherd.archive.restore.RestorePlanner;
import io.sherd.archive.restore.RestoreProgress;
import io.sherd.archive.restore.RestoreRefusedException;
import io.sherd.archive.restore.RestoreSources;
import io.sherd.archive.restore.RestoreVerdict;
import io.sherd.archive.restore.Restorer;
import io.sherd.archive.restore.StateUnavailableException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
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
import io.sherd.replication.ledger.StateMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "Make a lost data directory anew, from the other replicas or their data directories.",
            "It signs nothing until the cluster has taken it back, which it asks for when it starts.",
            "The same command goes on where it was interrupted. A directory that is in use for the replica is never touched."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RestoreCommand implements Callable<Integer> {

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
            paramLabel = "WHERE",
            description = {
                "Where from: peers, the other replicas that run; dir:PATH, the data directory",
                "of one that does not run, or a copy; file:PATH, an exported archive, which",
                "has no state. May be given more than once. Default: peers."
            })
    private List<String> sources = new ArrayList<>();

    @Option(
            names = "--state-from",
            paramLabel = "WHAT",
            description = {
                "checkpoint: a certified state of a source; a replay only if none has it and",
                "directories are among them. replay: the whole ledger, executed again.",
                "Default: checkpoint."
            })
    private StateFrom stateFrom = StateFrom.CHECKPOINT;

    @Option(
            names = "--state-machine-jar",
            paramLabel = "FILE",
            description =
                    "The jar with the genesis's state machine, for directories of a ledger that has one of a jar.")
    private @Nullable Path stateMachineJar;

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

    /** Where the state is made from. */
    enum StateFrom {
        /** A certified state that a source has. */
        CHECKPOINT,
        /** The ledger. */
        REPLAY
    }

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
     * @param replayed whether the state was made from the ledger
     * @param badSources what was found to be wrong in data directories; others were used instead
     * @param beyond what may be missing; empty if nothing is known to be
     * @param bytesReceived from all replicas
     * @param bytesBySource the same by replica
     * @param seconds how long it took
     * @param configuration the replica's configuration file, where one made by init is beside the genesis
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
            boolean replayed,
            List<String> badSources,
            List<String> beyond,
            long bytesReceived,
            SortedMap<String, Long> bytesBySource,
            double seconds,
            String configuration)
            implements Report {

        static Restored of(RestoreVerdict verdict, List<String> badSources, List<String> beyond, String configuration) {
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
                    verdict.replayed(),
                    badSources,
                    beyond,
                    verdict.totalBytesReceived(),
                    bySource,
                    verdict.elapsed().toMillis() / 1000.0,
                    configuration);
        }

        @Override
        public String schema() {
            return "sherd.restore/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            badSources.forEach(bad -> lines.add("WARN " + bad + "; another source was used"));
            lines.add("%s restored: %d segments up to seq %d, state of seq %d root %s%s, %s received in %s s"
                    .formatted(
                            replica,
                            segments,
                            sequence,
                            stateSequence,
                            stateRoot.substring(0, 16),
                            replayed ? " made from the ledger, as certified" : "",
                            Units.bytes((double) bytesReceived),
                            Units.decimal(seconds, 1)));
            lines.addAll(beyond);
            lines.add("it asks the cluster to take it back when it starts, and votes from the epoch that this opens");
            lines.add("next: sherd node run --config " + configuration);
            return lines;
        }
    }

    /** Made by picocli. */
    RestoreCommand() {}

    @Override
    public Integer call()
            throws GenesisException, CommandFailure, MachineException, StoreException, IOException,
                    RestoreRefusedException, ShortageException, StateUnavailableException, ContradictionException,
                    InterruptedException {
        NamedSources named = named();
        Genesis genesis = archive.genesis();
        int number = ReplicaName.number(replica, genesis);
        // First of all: what the disk alone forbids is said before anybody else is looked at.
        Restorer.requireRestorable(archive.directory(), new StoreOwner(genesis.clusterId(), number));
        try (StoredReplicas stored = named.open(genesis, replica -> replica == number)) {
            Restorer.Settings settings = settings(genesis, number, named, stored);
            if (dryRun) {
                RestorePlan plan = new RestorePlanner(settings).plan();
                RestorePlanReport report =
                        RestorePlanReport.of(plan, archive.directory().toString(), genesis.piecesNeeded());
                output.print(report);
                return report.exitCode().code();
            }
            return restore(settings, stored);
        }
    }

    /** What was named, without the directory that is restored. */
    private NamedSources named() {
        NamedSources named = NamedSources.of(sources, spec.commandLine());
        Path restored = archive.directory().toAbsolutePath().normalize();
        for (Path directory : named.directories()) {
            if (directory.toAbsolutePath().normalize().equals(restored)) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--source dir:%s is the directory that is restored".formatted(directory));
            }
        }
        return named;
    }

    /** Replicas that run have the state; directories may not, and then the ledger is executed. */
    private Optional<StateMachine> machine(Genesis genesis, RestoreSources from) throws MachineException {
        boolean mayReplay = stateFrom == StateFrom.REPLAY
                || !from.directories().isEmpty()
                || !from.unreadable().isEmpty();
        return mayReplay
                ? Optional.of(StateMachines.of(genesis, Optional.ofNullable(stateMachineJar))
                        .get())
                : Optional.empty();
    }

    private Restorer.Settings settings(Genesis genesis, int number, NamedSources named, StoredReplicas stored)
            throws MachineException {
        RestoreSources from = new RestoreSources(
                named.peers() ? LivePeers.of(genesis, timeout) : EdgeSources.of(genesis),
                named.peers(),
                stored.replicas(),
                stored.unreadable());
        return new Restorer.Settings(
                genesis,
                number,
                archive.directory(),
                from,
                stateFrom == StateFrom.REPLAY,
                machine(genesis, from),
                new Ed25519Verifier(),
                _ -> {},
                timeout);
    }

    private int restore(Restorer.Settings settings, StoredReplicas stored)
            throws StoreException, IOException, RestoreRefusedException, ShortageException, StateUnavailableException,
                    ContradictionException, InterruptedException {
        try (Progress progress = output.progress("restore r" + settings.replica(), 0, Progress.Unit.SEGMENTS)) {
            Restorer restorer = new Restorer(settings, step -> show(progress, step));
            try (ShutdownWork work = ShutdownWork.stoppedBy(restorer::stop)) {
                return restore(restorer, work, settings, stored);
            }
        }
    }

    private int restore(Restorer restorer, ShutdownWork work, Restorer.Settings settings, StoredReplicas stored)
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
        DataDirectories.createVotesOfRestored(
                settings.directory(), settings.genesis(), settings.replica(), verdict.directory());
        output.print(Restored.of(
                verdict, stored.troubles(), beyond(verdict, settings, stored), configuration(settings.replica())));
        return ExitCode.DONE.code();
    }

    /** Where {@code init} puts the configuration, if it is there. */
    private String configuration(int number) {
        Path beside = archive.genesisFile().toAbsolutePath().getParent();
        Path configuration = new ClusterLayout(beside == null ? Path.of(".") : beside).configurationFile(number);
        return Files.exists(configuration) ? configuration.toString() : "FILE";
    }

    /** What is not restored and may be somewhere: nothing proves it here. */
    private static List<String> beyond(RestoreVerdict verdict, Restorer.Settings settings, StoredReplicas stored) {
        if (stored.replicas().isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        long sequence = verdict.statement().map(CheckpointStatement::sequence).orElse(0L);
        long voted = stored.votedUpTo().orElse(0);
        if (voted > sequence) {
            lines.add(
                    "seq %d to %d: replicas voted for them, no certificate here proves them; they come back when %d replicas run with the directories that have these votes"
                            .formatted(
                                    sequence + 1,
                                    voted,
                                    settings.genesis().quorums().quorum()));
        }
        if (!settings.sources().asksLive()) {
            lines.add(
                    "no replica was asked: if these directories are copies, what was decided after they were made is not known here");
        }
        lines.add("it votes again once %d other replicas run: they order its REJOIN"
                .formatted(settings.genesis().quorums().quorum()));
        return lines;
    }

    private static void show(Progress progress, RestoreProgress step) {
        progress.update(step.segments(), step.targetSegments());
    }
}
