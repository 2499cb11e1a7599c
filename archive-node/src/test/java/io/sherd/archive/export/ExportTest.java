package io.sherd.archive.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.proof.ProofUnavailableException;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.merkle.Digest;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of a small ledger with two epochs, exported from replicas of which one is away. */
final class ExportTest {

    private static final int RECORD_OVERHEAD_BYTES = 16;
    private static final int LENGTH_PLACE = 8;
    private static final int VERSION_PLACE = 7;

    private final MadeLedger ledger = new MadeLedger(
                    4, MadeLedger.seed(), MadeLedger.limits(1024), (_, _) -> Digest.ZERO)
            .addSegments(2, 300)
            .rejoin(3)
            .addSegments(2, 300);
    private final Edges edges = new Edges(ledger);

    @TempDir
    private Path temporary;

    @BeforeEach
    void startThree() throws Exception {
        for (int replica = 0; replica < 3; replica++) {
            MemoryPieceStore store = new MemoryPieceStore();
            ledger.fill(store, replica);
            edges.start(replica, store, Edges.NO_STATE);
        }
    }

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void everyRunOfSegmentsIsWrittenAndVerifiesWithTheGenesisAlone() throws Exception {
        int count = ledger.segments().size();
        for (int first = 0; first < count; first++) {
            for (int end : new TreeSet<>(List.of(first + 1, count, count + 5))) {
                Path path = temporary.resolve(first + "-" + end);

                var _ = exporter().export(first, end, path, (_, _) -> {}).orElseThrow();

                ExportVerifier.Result result = verify(path);
                assertThat(result.findings()).isEmpty();
                assertThat(result.segments()).isEqualTo(Math.min(end, count) - first);
                try (ExportFile file = ExportFile.open(path, ledger.genesis())) {
                    ExportedPieces pieces = new ExportedPieces(List.of(file));
                    for (int segment = 0; segment < count; segment++) {
                        boolean isInside = segment >= first && segment < end;
                        assertThat(pieces.undropped(segment).isPresent()).isEqualTo(isInside);
                        if (isInside) {
                            assertThat(pieces.undropped(segment))
                                    .contains(ledger.dispersed().get(segment).compressed());
                            assertThat(pieces.commitment(segment)).contains(ledger.commitment(segment));
                        }
                    }
                }
            }
        }
    }

    @Test
    void severalFilesAreReadAsOneArchive() throws Exception {
        var _ = exporter().export(2, 99, temporary.resolve("later"), (_, _) -> {});
        var _ = exporter().export(0, 2, temporary.resolve("earlier"), (_, _) -> {});
        try (ExportFile later = ExportFile.open(temporary.resolve("later"), ledger.genesis());
                ExportFile earlier = ExportFile.open(temporary.resolve("earlier"), ledger.genesis())) {
            ExportedPieces pieces = new ExportedPieces(List.of(later, earlier));
            assertThat(pieces.commitments(0, 1000))
                    .isEqualTo(ledger.dispersed().stream()
                            .map(made -> made.commitment())
                            .toList());
            assertThat(pieces.latestCertificate()).contains(ledger.head());
            assertThat(pieces.closedEpochs(0, 10)).isEqualTo(ledger.closedEpochs());
        }
    }

    @Test
    void anotherFileStandsInForASegmentThatIsDamagedInTheFirst() throws Exception {
        Path good = exported();
        byte[] damaged = Files.readAllBytes(good);
        damaged[damaged.length - 5] ^= 1; // in the last segment, before its checksum
        Path bad = temporary.resolve("bad");
        Files.write(bad, damaged);
        int last = ledger.segments().size() - 1;
        try (ExportFile first = ExportFile.open(bad, ledger.genesis());
                ExportFile second = ExportFile.open(good, ledger.genesis())) {
            assertThat(new ExportedPieces(List.of(first, second)).undropped(last))
                    .contains(ledger.dispersed().get(last).compressed());
            ExportedPieces alone = new ExportedPieces(List.of(first));
            assertThatThrownBy(() -> alone.undropped(last)).isInstanceOf(StoreCorruptException.class);
            assertThat(alone.undropped(0)).isPresent();
        }
    }

    @Test
    void whicheverByteIsFlippedTheFileIsRefusedOrTheSegmentNamed() throws Exception {
        byte[] good = Files.readAllBytes(exported());
        Path bad = temporary.resolve("bad");
        for (int place = 0; place < good.length; place++) {
            byte[] damaged = good.clone();
            damaged[place] ^= (byte) (1 << place % Byte.SIZE);
            Files.write(bad, damaged);
            assertThat(isRefused(bad)).as("byte %d of %d", place, good.length).isTrue();
        }
    }

    @Test
    void aFileThatEndsEarlyOrLateIsDamaged() throws Exception {
        byte[] good = Files.readAllBytes(exported());
        Path bad = temporary.resolve("bad");
        for (int length = 0; length < good.length; length += 13) {
            Files.write(bad, Arrays.copyOf(good, length));
            ExportException refusal =
                    catchThrowableOfType(ExportException.class, () -> ExportFile.open(bad, ledger.genesis()));
            assertThat(refusal).as("%d bytes", length).isNotNull();
            assertThat(refusal.kind())
                    .isIn(
                            length < LENGTH_PLACE - 2
                                    ? List.of(ExportException.Kind.OTHER_FILE)
                                    : List.of(ExportException.Kind.DAMAGED));
        }
        Files.write(bad, Arrays.copyOf(good, good.length + 1));
        assertThat(isRefused(bad)).isTrue();
    }

    /** Whoever changes a file on purpose makes the checksums fit. */
    @Test
    void aForgedCommitmentFailsAtTheHistoryAndForgedBytesAreNamed() throws Exception {
        byte[] good = Files.readAllBytes(exported());
        int commitments = RECORD_OVERHEAD_BYTES + ByteBuffer.wrap(good).getInt(LENGTH_PLACE);
        int count = ledger.segments().size();
        Path bad = temporary.resolve("bad");

        byte[] forged = good.clone();
        forged[commitments + Commitment.SIZE_BYTES - 1] ^= 1;
        putChecksum(forged, commitments, count * Commitment.SIZE_BYTES);
        Files.write(bad, forged);
        InvalidProofException refusal = catchThrowableOfType(InvalidProofException.class, () -> verify(bad));
        assertThat(refusal.step()).isEqualTo(ProofStep.HISTORY);

        int size = ledger.dispersed().getLast().compressed().size();
        int segment = good.length - 4 - size;
        forged = good.clone();
        forged[segment + size / 2] ^= 1;
        putChecksum(forged, segment, size);
        Files.write(bad, forged);
        ExportVerifier.Result result = verify(bad);
        assertThat(result.findings())
                .extracting(ExportVerifier.Finding::segment)
                .containsExactly(count - 1L);
    }

    @Test
    void filesOfAnotherClusterFormatOrKindAreToldApart() throws Exception {
        Path file = exported();
        MadeLedger other = MadeLedger.ofFour(MadeLedger.seed());
        ExportException foreign =
                catchThrowableOfType(ExportException.class, () -> ExportFile.open(file, other.genesis()));
        assertThat(foreign.kind()).isEqualTo(ExportException.Kind.FOREIGN);
        assertThat(foreign)
                .hasMessageContaining(ledger.genesis().clusterId().shortHex())
                .hasMessageContaining(other.genesis().clusterId().shortHex());

        Path bad = temporary.resolve("bad");
        byte[] later = Files.readAllBytes(file);
        later[VERSION_PLACE]++;
        Files.write(bad, later);
        assertThat(catchThrowableOfType(UnsupportedFormatException.class, () -> ExportFile.open(bad, ledger.genesis())))
                .hasMessageContaining("version 2");
        Files.writeString(bad, "just text, and rather long");
        ExportException text =
                catchThrowableOfType(ExportException.class, () -> ExportFile.open(bad, ledger.genesis()));
        assertThat(text.kind()).isEqualTo(ExportException.Kind.OTHER_FILE);
        ExportException directory =
                catchThrowableOfType(ExportException.class, () -> ExportFile.open(temporary, ledger.genesis()));
        assertThat(directory).hasMessage("%s is no exported archive: it is a directory", temporary);
    }

    @Test
    void withTooFewReplicasNoFileIsLeft() {
        edges.stop(1);
        edges.stop(2);
        Path path = temporary.resolve("never");

        Throwable failure =
                org.assertj.core.api.Assertions.catchThrowable(() -> exporter().export(0, 99, path, (_, _) -> {}));

        assertThat(failure).hasMessageContaining("segment 0");
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aSegmentThatIsNotCertifiedIsAbsent() {
        ProofUnavailableException absent = catchThrowableOfType(
                ProofUnavailableException.class,
                () -> exporter().export(ledger.segments().size(), 99, temporary.resolve("never"), (_, _) -> {}));
        assertThat(absent.kind()).isEqualTo(ProofUnavailableException.Kind.ABSENT);
    }

    private boolean isRefused(Path path) throws IOException {
        try {
            return !verify(path).findings().isEmpty();
        } catch (StoreException | InvalidProofException e) {
            assertThat(e).hasMessageNotContaining("null");
            return true;
        } catch (NoSuchFileException e) {
            throw new AssertionError(e);
        }
    }

    private ExportVerifier.Result verify(Path path) throws StoreException, InvalidProofException, IOException {
        try (ExportFile file = ExportFile.open(path, ledger.genesis())) {
            return new ExportVerifier(ledger.genesis(), new Ed25519Verifier()).verify(file, _ -> {});
        }
    }

    private Path exported() throws Exception {
        Path path = temporary.resolve("whole");
        var _ = exporter().export(0, Long.MAX_VALUE, path, (_, _) -> {}).orElseThrow();
        return path;
    }

    private Exporter exporter() {
        return new Exporter(ledger.genesis(), new Ed25519Verifier(), edges.sources(), Duration.ofSeconds(5));
    }

    private static void putChecksum(byte[] file, int from, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(file, from, length);
        ByteBuffer.wrap(file).putInt(from + length, (int) checksum.getValue());
    }
}
