package io.sherd.archive.export;

import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.proof.ProofSearch;
import io.sherd.archive.proof.ProofUnavailableException;
import io.sherd.archive.store.DurableFiles;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.proof.RangeProof;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a run of segments to a file: their commitments are proved first, then a learner fetches and proves the segments, in order and
 * with its bounds on memory. The file has its name only when it is whole and durable.
 */
public final class Exporter {

    private static final int COMMITMENTS_AT_ONCE = 1024;

    private final Genesis genesis;
    private final SignatureVerifier verifier;
    private final SourceDirectory directory;
    private final Duration timeout;
    private volatile boolean stopping;
    private volatile @Nullable LearnerDriver running;

    /**
     * An exporter that has asked nobody yet.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @param directory makes the sources
     * @param timeout how long something may be missing before that is an error
     */
    public Exporter(Genesis genesis, SignatureVerifier verifier, SourceDirectory directory, Duration timeout) {
        this.genesis = genesis;
        this.verifier = verifier;
        this.directory = directory;
        this.timeout = timeout;
    }

    /**
     * What was written.
     *
     * @param range the segments, and what proves them
     * @param sizeBytes the file's size
     */
    public record Exported(RangeProof range, long sizeBytes) {}

    /** Told of the progress. */
    @FunctionalInterface
    public interface Progress {

        /**
         * Another segment is written.
         *
         * @param done how many are
         * @param total how many will be
         */
        void at(long done, long total);
    }

    /**
     * Writes a file.
     *
     * @param first the first segment
     * @param end the one behind the last; the file ends earlier where the newest certificate does
     * @param file the new file
     * @param progress told of each segment
     * @return what was written; empty if it was stopped, and then there is no file
     */
    public Optional<Exported> export(long first, long end, Path file, Progress progress)
            throws ProofUnavailableException, SinkException, ShortageException, ContradictionException, IOException,
                    InterruptedException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path aside = DurableFiles.aside(file);
        Files.deleteIfExists(aside);
        try {
            Optional<Exported> exported = write(first, end, aside, progress);
            if (exported.isPresent()) {
                DurableFiles.rename(aside, file);
            }
            return exported;
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /** Makes {@link #export} end soon, from any thread. */
    public void stop() {
        stopping = true;
        LearnerDriver driver = running;
        if (driver != null) {
            driver.stop();
        }
    }

    private Optional<Exported> write(long first, long end, Path aside, Progress progress)
            throws ProofUnavailableException, SinkException, ShortageException, ContradictionException, IOException,
                    InterruptedException {
        try (ExportWriter writer = begin(first, end, aside)) {
            RangeProof range = writer.range();
            long total = range.segmentEnd() - range.firstSegment();
            LongConsumer each = segment -> progress.at(segment + 1 - range.firstSegment(), total);
            LearnerDriver driver = new LearnerDriver(
                    LearnerDriver.Settings.of(
                            LearnerConfig.of(genesis),
                            new LearnerStop.AtSegmentCount(range.segmentEnd()),
                            Optional.of(timeout)),
                    verifier,
                    directory,
                    writer,
                    effect -> {
                        if (effect instanceof LearnerEffect.Deliver delivery) {
                            each.accept(delivery.reassembled().segment().number());
                        }
                    });
            running = driver;
            if (stopping) {
                return Optional.empty();
            }
            var _ = driver.run();
            return writer.isComplete() ? Optional.of(new Exported(range, writer.sizeBytes())) : Optional.empty();
        }
    }

    /** Everything that comes before the first segment. */
    private ExportWriter begin(long first, long end, Path aside)
            throws ProofUnavailableException, SinkException, IOException, InterruptedException {
        try (ProofSearch search = new ProofSearch(genesis, verifier, directory, timeout)) {
            ProofSearch.Range found = search.range(first, end);
            ExportWriter writer = new ExportWriter(aside, found.proof(), found.start());
            boolean begun = false;
            try {
                long next = found.proof().firstSegment();
                while (next < found.proof().segmentEnd()) {
                    int wanted =
                            (int) Math.min(COMMITMENTS_AT_ONCE, found.proof().segmentEnd() - next);
                    List<Commitment> commitments = search.commitments(next, wanted);
                    for (Commitment commitment : commitments) {
                        writer.commitment(commitment);
                    }
                    next += commitments.size();
                }
                writer.commitmentsDone();
                begun = true;
                return writer;
            } finally {
                if (!begun) {
                    writer.close();
                }
            }
        }
    }
}
