package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.export.Exporter;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.proof.ProofUnavailableException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.proof.RangeProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd export}: writes a run of segments to one file that proves itself. */
@Command(
        name = "export",
        description = {
            "Write the ledger, or a run of its segments, to one file with all that proves it.",
            "Whoever has the genesis checks it with `sherd verify --archive`, and asks nobody;",
            "`sherd restore` and `sherd learn` read it as --source file:PATH."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ExportCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private LedgerSources sources = new LedgerSources();

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    @Option(
            names = "--segments",
            paramLabel = "A..B",
            converter = SegmentRange.Converter.class,
            description = "Which segments. Default: all that are certified; only from 0 on can be restored from.")
    private SegmentRange segments = SegmentRange.ALL;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new file.")
    private @Nullable Path out;

    /**
     * What was written.
     *
     * @param file where
     * @param firstSegment the first segment
     * @param lastSegment the last segment
     * @param certificate the position of the certificate
     * @param root the history root that it is about
     * @param sizeBytes the file's size
     */
    record Written(String file, long firstSegment, long lastSegment, long certificate, String root, long sizeBytes)
            implements Report {

        static Written of(Path file, Exporter.Exported exported) {
            RangeProof range = exported.range();
            CheckpointStatement statement = range.certified().statement();
            return new Written(
                    file.toString(),
                    range.firstSegment(),
                    range.segmentEnd() - 1,
                    statement.sequence(),
                    statement.historyRoot().hex(),
                    exported.sizeBytes());
        }

        @Override
        public String schema() {
            return "sherd.export/1";
        }

        @Override
        public List<String> text() {
            return List.of("segments %d to %d, %s, under the certificate of seq %d, root %s"
                    .formatted(
                            firstSegment,
                            lastSegment,
                            Units.bytes((double) sizeBytes),
                            certificate,
                            root.substring(0, 16)));
        }
    }

    /** Made by picocli. */
    ExportCommand() {}

    @Override
    public Integer call()
            throws GenesisException, StoreException, CommandFailure, ProofUnavailableException, SinkException,
                    ShortageException, ContradictionException, IOException, InterruptedException {
        Path file = Given.required(out);
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        try (LedgerSources.Opened from = sources.open(genesis);
                Progress progress = output.progress("export", 0, Progress.Unit.SEGMENTS)) {
            Exporter exporter = new Exporter(genesis, new Ed25519Verifier(), from.directory(), sources.timeout());
            try (ShutdownWork work = ShutdownWork.stoppedBy(exporter::stop)) {
                Optional<Exporter.Exported> exported =
                        exporter.export(segments.first(), segments.end(), file, progress::update);
                if (exported.isEmpty()) {
                    output.note("interrupted; no file was written, the same command begins again");
                    return (work.isStopping() ? ExitCode.INTERRUPTED : ExitCode.UNEXPECTED).code();
                }
                output.print(Written.of(file, exported.get()));
                return ExitCode.DONE.code();
            }
        }
    }
}
