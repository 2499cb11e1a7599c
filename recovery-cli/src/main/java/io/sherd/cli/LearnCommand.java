package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStatistics;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.learner.LedgerOutput;
import io.sherd.archive.learner.PositionedSink;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.demo.LinesFile;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

/** {@code sherd learn}: rebuilds the ledger from pieces, trusting nothing but the genesis. */
@Command(
        name = "learn",
        description = {
            "Rebuild the ledger from the replicas' pieces, or an exported archive, and write it to a file.",
            "Nothing but the genesis file is trusted. The same command goes on where it was interrupted."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class LearnCommand implements Callable<Integer> {
    private static final String JSON_LINES = "jsonl:";
    private static final String LINES = "lines:";
    private static final Duration PROGRESS_PERIOD = Duration.ofMillis(200);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    @Option(
            names = "--sink",
            paramLabel = "KIND:PATH",
            description = {
                "Where the ledger goes: jsonl:DIR writes DIR/ledger.jsonl, a line per request;",
                "lines:FILE writes the input of `sherd demo` again, byte for byte."
            })
    private @Nullable String sink;

    @Option(names = "--out", paramLabel = "DIR", description = "Short for --sink jsonl:DIR.")
    private @Nullable Path out;

    @Option(names = "--to", paramLabel = "SEGMENT", description = "Stop behind this segment.")
    private @Nullable Long to;

    @Option(names = "--follow", description = "Go on as new segments are sealed, until stopped.")
    private boolean follow;

    @Mixin
    private LedgerSources sources = new LedgerSources();

    /**
     * What was learned.
     *
     * @param segments segments written since the start
     * @param nextSegment segments written over all starts
     * @param entries ledger entries written since the start
     * @param plainBytes bytes of those segments
     * @param compressedBytes bytes of those segments, compressed
     * @param bytesReceived bytes received above TLS, from all replicas
     * @param bytesBySource the same by replica
     * @param piecesBySource pieces received, by replica
     * @param ignored answers that were not believed or not needed, by reason
     * @param lines lines of the input, where the sink is lines
     * @param missingLines lines that wait for others before them, where the sink is lines
     * @param seconds how long it took
     */
    record Learned(
            long segments,
            long nextSegment,
            long entries,
            long plainBytes,
            long compressedBytes,
            long bytesReceived,
            SortedMap<String, Long> bytesBySource,
            SortedMap<String, Long> piecesBySource,
            SortedMap<String, Long> ignored,
            @Nullable Long lines,
            @Nullable Integer missingLines,
            double seconds)
            implements Report {

        @Override
        public String schema() {
            return "sherd.learn/1";
        }

        @Override
        public List<String> text() {
            List<String> text = new ArrayList<>();
            text.add("learned %d segments, %d entries, %s (%s compressed) in %s s"
                    .formatted(
                            segments,
                            entries,
                            Units.bytes((double) plainBytes),
                            Units.bytes((double) compressedBytes),
                            Units.decimal(seconds, 1)));
            text.add("received %s: %s".formatted(Units.bytes((double) bytesReceived), perSource(bytesBySource)));
            if (!ignored.isEmpty()) {
                text.add("ignored " + ignored);
            }
            return text;
        }

        private static String perSource(SortedMap<String, Long> bytes) {
            List<String> parts = new ArrayList<>();
            bytes.forEach((source, received) -> parts.add(source + " " + Units.bytes((double) received)));
            return String.join(", ", parts);
        }
    }

    /** Where the ledger goes. */
    private record Target(
            LedgerOutput output, Path position, @Nullable LinesFile lines) {}

    /** Made by picocli. */
    LearnCommand() {}

    @Override
    public Integer call()
            throws GenesisException, CommandFailure, IOException, StoreException, SinkException, ShortageException,
                    ContradictionException, InterruptedException {
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        Target target = target(genesis);
        LearnerDriver.Settings settings = LearnerDriver.Settings.of(
                LearnerConfig.of(genesis), stop(), follow ? Optional.empty() : Optional.of(sources.timeout()));
        try (LedgerSources.Opened from = sources.open(genesis);
                PositionedSink positioned = PositionedSink.open(target.position(), genesis, target.output())) {
            LearnerDriver driver =
                    new LearnerDriver(settings, new Ed25519Verifier(), from.directory(), positioned, this::observe);
            try (ShutdownWork work = ShutdownWork.stoppedBy(driver::stop)) {
                LearnerStatistics statistics = run(driver);
                Learned learned = learned(statistics, target.lines());
                output.print(learned);
                if (work.isStopping()) {
                    output.note("interrupted before segment %d; the same command goes on there"
                            .formatted(learned.nextSegment()));
                    return ExitCode.INTERRUPTED.code();
                }
                boolean complete = learned.missingLines() == null || learned.missingLines() == 0 || follow;
                return (complete ? ExitCode.DONE : ExitCode.WARNINGS).code();
            }
        }
    }

    private LearnerStop stop() {
        if (to != null) {
            return new LearnerStop.AtSegmentCount(to + 1);
        }
        return follow ? new LearnerStop.Never() : new LearnerStop.CaughtUp();
    }

    /** Learns on this thread and shows progress on another. */
    private LearnerStatistics run(LearnerDriver driver)
            throws SinkException, ShortageException, ContradictionException, InterruptedException {
        try (Progress progress = output.progress("learn", 0, Progress.Unit.SEGMENTS)) {
            Thread shown = Thread.ofVirtual().start(() -> show(driver, progress));
            try {
                return driver.run();
            } finally {
                shown.interrupt();
            }
        }
    }

    private static void show(LearnerDriver driver, Progress progress) {
        try {
            while (true) {
                Thread.sleep(PROGRESS_PERIOD);
                LearnerStatistics now = driver.statistics();
                progress.update(now.nextSegment(), now.targetSegments());
            }
        } catch (InterruptedException e) {
            // Learning is over; nothing is left to show.
            return;
        }
    }

    private void observe(LearnerEffect effect) {
        if (follow && effect instanceof LearnerEffect.Deliver deliver) {
            output.note("segment %d learned"
                    .formatted(deliver.reassembled().segment().number()));
        }
    }

    private Target target(Genesis genesis) throws CommandFailure, IOException {
        String where = sink != null ? sink : out != null ? JSON_LINES + out : null;
        if (where == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "one of --sink and --out is needed");
        }
        if (where.startsWith(JSON_LINES)) {
            Path directory = Path.of(where.substring(JSON_LINES.length()));
            requireNoReplica(directory);
            Files.createDirectories(directory);
            return new Target(
                    JsonLinesOutput.open(genesis, directory.resolve("ledger.jsonl")),
                    directory.resolve("position"),
                    null);
        }
        if (where.startsWith(LINES)) {
            Path file = Path.of(where.substring(LINES.length())).toAbsolutePath();
            requireNoReplica(Objects.requireNonNull(file.getParent()));
            LinesFile lines = LinesFile.open(file);
            return new Target(lines, file.resolveSibling(file.getFileName() + ".position"), lines);
        }
        throw new CommandFailure(
                ExitCode.USAGE, "sink.unknown", "there is no sink \"" + where + "\"", "use jsonl:DIR or lines:FILE");
    }

    private static void requireNoReplica(Path directory) throws CommandFailure {
        if (DataDirectory.isAt(directory)) {
            throw new CommandFailure(
                    ExitCode.UNSAFE,
                    "sink.occupied",
                    directory + " is a replica's data directory",
                    "name another place; nothing there was changed");
        }
    }

    private static Learned learned(LearnerStatistics statistics, @Nullable LinesFile lines) {
        SortedMap<String, Long> ignored = new TreeMap<>();
        statistics.ignored().forEach((reason, count) -> ignored.put(reason.name(), count));
        return new Learned(
                statistics.segments(),
                statistics.nextSegment(),
                statistics.entries(),
                statistics.plainBytes(),
                statistics.compressedBytes(),
                statistics.totalBytesReceived(),
                named(statistics.bytesReceived()),
                named(statistics.piecesReceived()),
                ignored,
                lines == null ? null : lines.lines(),
                lines == null ? null : lines.waitingLines(),
                statistics.elapsed().toMillis() / 1000.0);
    }

    private static SortedMap<String, Long> named(Map<Integer, Long> bySource) {
        SortedMap<String, Long> named = new TreeMap<>();
        bySource.forEach((source, value) -> named.put(ClusterLayout.name(source), value));
        return named;
    }
}
