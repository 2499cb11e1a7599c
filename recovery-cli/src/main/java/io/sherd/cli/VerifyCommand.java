package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.machine.StateMachines;
import io.sherd.archive.restore.StateReplay;
import io.sherd.archive.restore.Verifier;
import io.sherd.archive.restore.VerifyReport;
import io.sherd.archive.restore.VerifyScope;
import io.sherd.archive.restore.VerifyScope.Level;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.proof.InvalidProofException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sherd verify}: reads what a stopped replica stored, and says what is bad. */
@Command(
        name = "verify",
        description = {
            "Check what a stopped replica stored, as deep as --level says, and go on past whatever is bad.",
            "manifest: signatures, epochs, history. paths: every piece with its path. decode: every segment, rebuilt",
            "with pieces of other directories. replay: every entry, executed again, and the roots of the states.",
            "An exported archive is checked whole, with the genesis alone.",
            "Only --report and, for a while, --scratch are written, never into a directory that is read.",
            "Exit code 10: damage that `sherd repair` can make good; 11: other damage."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private VerifyTarget target = new VerifyTarget();

    @Option(names = "--level", paramLabel = "LEVEL", description = "manifest, paths, decode or replay. Default: paths.")
    private Level level = Level.PATHS;

    @Option(
            names = "--segments",
            paramLabel = "A..B",
            converter = SegmentRange.Converter.class,
            description = "Check the content of these only. Signatures and history are always checked whole.")
    private SegmentRange segments = SegmentRange.ALL;

    @Option(
            names = "--source",
            paramLabel = "dir:PATH",
            converter = DirectorySources.Converter.class,
            description = "Another replica's data directory, to take pieces from. May be given more than once.")
    private List<Path> sources = new ArrayList<>();

    @Option(names = "--report", paramLabel = "FILE", description = "Write the JSON document to this file too.")
    private @Nullable Path reportFile;

    @Option(
            names = "--scratch",
            paramLabel = "DIR",
            description = "Where a replay builds the state, and deletes it. Default: the system's temporary directory.")
    private @Nullable Path scratchDirectory;

    @Option(
            names = "--state-machine-jar",
            paramLabel = "FILE",
            description = "The jar with the genesis's state machine, for a replay of a ledger that has one of a jar.")
    private @Nullable Path stateMachineJar;

    @Spec
    private @Nullable CommandSpec spec;

    /**
     * What was found.
     *
     * @param replica whose archive it is
     * @param level how deep it was checked
     * @param segments segments that have commitments
     * @param certifiedSegments the first so many of them are proved by a certificate
     * @param certifiedSequence the position of that certificate
     * @param okPieces own pieces that are right
     * @param bytesRead bytes that were checked
     * @param rebuilt segments that were rebuilt from pieces
     * @param worstSlack of those that were to be rebuilt: the fewest valid pieces minus k
     * @param replayedTo the position up to which entries were executed again; 0 if none were
     * @param comparedRoots how many roots of states were compared
     * @param repairable whether all findings can be repaired
     * @param findings what is bad
     * @param moreFindings how many more there are than are listed
     */
    record Verified(
            String replica,
            String level,
            long segments,
            long certifiedSegments,
            long certifiedSequence,
            long okPieces,
            long bytesRead,
            long rebuilt,
            @Nullable Long worstSlack,
            long replayedTo,
            long comparedRoots,
            boolean repairable,
            List<Finding> findings,
            long moreFindings)
            implements Report {

        /** Something bad; segment -1 if it is of none. */
        record Finding(String kind, long segment, String detail) {}

        static Verified of(
                StoreOwner owner,
                Level level,
                VerifyReport report,
                Optional<StateReplay> replay,
                List<VerifyReport.Finding> besides) {
            List<Finding> findings = new ArrayList<>();
            Stream.concat(report.findings().stream(), besides.stream())
                    .forEach(finding ->
                            findings.add(new Finding(finding.kind().name(), finding.segment(), finding.detail())));
            return new Verified(
                    ClusterLayout.name(owner.replica()),
                    level.name().toLowerCase(Locale.ROOT),
                    report.segments(),
                    report.certifiedSegments(),
                    report.certifiedSequence(),
                    report.okPieces(),
                    report.bytesRead(),
                    report.rebuilt(),
                    report.worstSlack().isPresent() ? report.worstSlack().getAsLong() : null,
                    replay.map(StateReplay::executedSequence).orElse(0L),
                    replay.map(StateReplay::comparedRoots).orElse(0L),
                    report.isRepairable()
                            && besides.stream()
                                    .allMatch(finding -> finding.kind().isRepairable()),
                    findings,
                    report.moreFindings());
        }

        List<VerifyReport.Kind> kinds() {
            return findings.stream()
                    .map(finding -> VerifyReport.Kind.valueOf(finding.kind()))
                    .toList();
        }

        ExitCode exitCode() {
            if (findings.isEmpty()) {
                return ExitCode.DONE;
            }
            return repairable ? ExitCode.REPAIRABLE : ExitCode.UNREPAIRABLE;
        }

        @Override
        public String schema() {
            return "sherd.verify/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            findings.forEach(finding ->
                    lines.add("BAD  %s%s: %s".formatted(finding.kind(), place(finding.segment()), finding.detail())));
            if (moreFindings > 0) {
                lines.add("BAD  and %d more".formatted(moreFindings));
            }
            lines.add("%s: %d segments, %d pieces ok, %d findings; %s read, certified up to seq %d"
                    .formatted(
                            replica,
                            segments,
                            okPieces,
                            findings.size() + moreFindings,
                            Units.bytes((double) bytesRead),
                            certifiedSequence));
            if (worstSlack != null) {
                lines.add("%d segments rebuilt, worst slack %+d".formatted(rebuilt, worstSlack));
            }
            if (level.equals("replay")) {
                lines.add("executed again up to seq %d, %d state roots compared".formatted(replayedTo, comparedRoots));
            }
            if (!findings.isEmpty()) {
                lines.add("hint: " + hint());
            }
            return lines;
        }

        /** What others lack is no reason to give this directory up. */
        private String hint() {
            if (repairable) {
                return "sherd repair makes it good from the replicas that run";
            }
            boolean othersLack =
                    kinds().stream().allMatch(kind -> kind.isRepairable() || kind == VerifyReport.Kind.TOO_FEW_PIECES);
            return moreFindings == 0 && othersLack
                    ? "the directories that were given have too few pieces: name more of them with --source dir:PATH, and keep this one"
                    : "move the directory away and run `sherd restore`";
        }

        private static String place(long segment) {
            return segment < 0 ? "" : " segment " + segment;
        }
    }

    /** Made by picocli. */
    VerifyCommand() {}

    @Override
    public Integer call()
            throws GenesisException, MachineException, StoreException, IOException, CommandFailure,
                    InvalidProofException {
        if (target.exported().isPresent()) {
            return verifyExported(target.exported().get());
        }
        VerifyScope scope = scope();
        Genesis genesis = target.genesis();
        StoreOwner owner = target.owner(genesis);
        DataDirectory.Layout layout = new DataDirectory.Layout(target.directory());
        try (RocksPieceStore store = RocksPieceStore.openReadOnly(layout.archive());
                DirectorySources others = DirectorySources.open(genesis, sources)) {
            Verified verified = scope.level() == Level.REPLAY
                    ? replay(genesis, owner, store, others, scope)
                    : verify(genesis, owner, store, others, scope);
            if (reportFile != null) {
                Files.writeString(reportFile, Json.line(verified) + "\n");
            }
            output.print(verified);
            return verified.exitCode().code();
        }
    }

    private int verifyExported(Path file) throws GenesisException, StoreException, IOException, InvalidProofException {
        if (!sources.isEmpty() || !segments.equals(SegmentRange.ALL)) {
            throw new ParameterException(
                    Given.required(spec).commandLine(),
                    "--archive is checked whole and alone: without --segments and --source");
        }
        ExportCheck check = ExportCheck.of(target.genesis(), file, output);
        if (reportFile != null) {
            Files.writeString(reportFile, Json.line(check) + "\n");
        }
        output.print(check);
        return check.exitCode().code();
    }

    private VerifyScope scope() {
        CommandLine line = Given.required(spec).commandLine();
        if (level.includes(Level.DECODE) && sources.isEmpty()) {
            throw new ParameterException(
                    line,
                    "--level %s needs the pieces of other replicas: --source dir:PATH"
                            .formatted(level.name().toLowerCase(Locale.ROOT)));
        }
        requireOutside("--report", reportFile);
        requireOutside("--scratch", scratchDirectory);
        try {
            return new VerifyScope(level, segments.first(), segments.end());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, "--segments: " + e.getMessage(), e);
        }
    }

    /** What is written must not be in a directory that is read, its own or a source. */
    private void requireOutside(String option, @Nullable Path written) {
        if (written == null) {
            return;
        }
        List<Path> read = new ArrayList<>(sources);
        read.add(target.directory());
        for (Path directory : read) {
            if (real(written).startsWith(real(directory))) {
                throw new ParameterException(
                        Given.required(spec).commandLine(),
                        "%s must not be in %s, which is read".formatted(option, directory));
            }
        }
    }

    /** A path without links, as far as it exists. */
    private static Path real(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        try {
            return absolute.toRealPath();
        } catch (IOException e) {
            return parent == null ? absolute : real(parent).resolve(absolute.getFileName());
        }
    }

    private Verified verify(
            Genesis genesis, StoreOwner owner, RocksPieceStore store, DirectorySources others, VerifyScope scope)
            throws StoreException {
        Verifier verifier =
                new Verifier(genesis, store, owner.replica(), new Ed25519Verifier()).with(others.archives());
        return run(verifier, owner, store, scope, Optional.empty(), List.of(), output);
    }

    private Verified replay(
            Genesis genesis, StoreOwner owner, RocksPieceStore store, DirectorySources others, VerifyScope scope)
            throws MachineException, StoreException, IOException {
        StateMachine machine =
                StateMachines.of(genesis, Optional.ofNullable(stateMachineJar)).get();
        Path scratch = scratchDirectory == null
                ? Files.createTempDirectory("sherd-replay")
                : Files.createTempDirectory(scratchDirectory, "sherd-replay");
        try {
            RocksStateStore.create(scratch.resolve("state"), owner);
            try (RocksStateStore states = RocksStateStore.open(scratch.resolve("state"), owner)) {
                StateReplay replay = new StateReplay(genesis, machine, states, new Ed25519Verifier());
                List<VerifyReport.Finding> besides = new ArrayList<>();
                expectOwnState(replay, besides);
                Verifier verifier = new Verifier(genesis, store, owner.replica(), new Ed25519Verifier())
                        .with(others.archives())
                        .with(replay);
                return run(verifier, owner, store, scope, Optional.of(replay), besides, output);
            }
        } finally {
            DurableFiles.deleteTree(scratch);
        }
    }

    /** What the state of this directory says of itself must be what the ledger makes. */
    private void expectOwnState(StateReplay replay, List<VerifyReport.Finding> besides) throws StoreException {
        Path state = new DataDirectory.Layout(target.directory()).state();
        try (RocksStateStore own = RocksStateStore.openReadOnly(state)) {
            own.checkpoints()
                    .forEach(checkpoint -> replay.expect(checkpoint, "the state of this directory", besides::add));
        } catch (StoreCorruptException e) {
            besides.add(new VerifyReport.Finding(VerifyReport.Kind.WRONG_STATE, -1, String.valueOf(e.getMessage())));
        }
    }

    /** Checks an open archive down to pieces and paths, with progress. */
    static Verified verify(Genesis genesis, StoreOwner owner, RocksPieceStore store, OutputOptions output)
            throws StoreException {
        return run(
                new Verifier(genesis, store, owner.replica(), new Ed25519Verifier()),
                owner,
                store,
                VerifyScope.ALL_PATHS,
                Optional.empty(),
                List.of(),
                output);
    }

    private static Verified run(
            Verifier verifier,
            StoreOwner owner,
            RocksPieceStore store,
            VerifyScope scope,
            Optional<StateReplay> replay,
            List<VerifyReport.Finding> besides,
            OutputOptions output)
            throws StoreException {
        long count = store.commitmentCount();
        try (Progress progress = output.progress("verify", count, Progress.Unit.SEGMENTS)) {
            VerifyReport report = verifier.run(scope, segment -> progress.update(segment + 1));
            List<VerifyReport.Finding> more = new ArrayList<>(besides);
            boolean named = report.findings().stream()
                    .anyMatch(finding -> finding.kind().isRecord());
            if (!named) {
                store.recordTrouble()
                        .ifPresent(trouble ->
                                more.add(new VerifyReport.Finding(VerifyReport.Kind.UNREADABLE_RECORD, -1, trouble)));
            }
            long lost = store.promisedCommitmentCount() - count;
            if (lost > 0) {
                more.add(new VerifyReport.Finding(
                        VerifyReport.Kind.CORRUPT_COMMITMENT,
                        count,
                        "%d more commitments were durable and are gone".formatted(lost)));
            }
            return Verified.of(owner, scope.level(), report, replay, more);
        }
    }
}
