package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser.Dispersed;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits flipped in the table that holds an archive's records. */
final class RecordRescueTest {

    private static final int SEGMENTS = 12;
    private static final int FLIPS = 60;
    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime());

    private final TestLedger ledger = new TestLedger(SEED);
    private final List<Dispersed> all = new ArrayList<>();

    @TempDir
    private Path temporary;

    private Path archive;
    private Path table;
    private byte[] whole;

    @BeforeEach
    void fill() throws Exception {
        System.out.println("-Dsherd.seed=" + SEED);
        archive = temporary.resolve("archive");
        RocksPieceStore.create(archive, ledger.owner);
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            for (int i = 0; i < SEGMENTS; i++) {
                Dispersed made = ledger.next(500);
                all.add(made);
                store.putSealed(
                        made.commitment(),
                        List.of(made.pieces().get(0), made.pieces().get(2)),
                        i < 2 ? Optional.empty() : Optional.of(made.compressed()));
            }
            store.putClosedEpoch(ledger.closedEpoch());
            store.putCertificate(ledger.certificate(0, 1, 2));
            store.putReceipt(ledger.receipt(2, 0, 3));
            store.flushAndCompact();
        }
        table = BitRot.fileWith(archive, all.get(5).commitment().encoded());
        whole = Files.readAllBytes(table);
    }

    @Test
    void aWholeArchiveHasNoTroubleAndItsRecordsAreAllRescued() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            assertThat(store.recordTrouble()).isEmpty();
            assertThat(store.rescueRecords(4).missingCommitments()).isEmpty();
            assertThat(store.rescueRecords(4).rotten()).isZero();
        }
    }

    @Test
    void aFlippedBitInACommitmentCostsThatCommitmentOnly() throws Exception {
        BitRot.flipIn(archive, all.get(5).commitment().encoded());

        ArchiveRecords records;
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            assertThat(store.recordTrouble()).isPresent();
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
            assertThat(store.piece(5, 0)).contains(all.get(5).pieces().getFirst());
            records = store.rescueRecords(4);
        }
        assertThat(records.missingCommitments()).containsExactly(5L);
        assertThat(records.rotten()).isEqualTo(1);
        assertThatThrownBy(() -> RocksPieceStore.replaceRecords(archive, records))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[5]");
        records.put(all.get(5).commitment());
        RocksPieceStore.replaceRecords(archive, records);
        assertMended();
    }

    @Test
    void aCrashWhileRecordsAreReplacedIsMadeGoodByTheNextOpen() throws Exception {
        ArchiveRecords records;
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            records = store.rescueRecords(4);
        }
        BitRot.flip(table, whole.length / 2);
        Files.write(archive.resolve("records"), records.encoded());
        RocksDatabase.replaceFamily(
                archive,
                ArchiveSchema.SCHEMA,
                ArchiveSchema.RECORDS,
                records.entries().subList(0, 3));

        assertMended();
    }

    /** As docs/FORMATS.md says: envelope of kind 7, count, sized keys and values. */
    @Test
    void theFileThatReplacesRecordsHasItsOwnFormat() throws Exception {
        ArchiveRecords records = new ArchiveRecords(0, 0);
        records.put(Bytes.wrap(new byte[] {'U', 1}), Bytes.EMPTY);
        records.put(Bytes.wrap(new byte[] {'C', 9}), Bytes.wrap(new byte[] {1, 2, 3}));

        byte[] file = records.encoded();

        assertThat(Bytes.wrap(file).hex())
                .startsWith("53485244" + "0007" + "0001" + "0000001b" + "00000002" + "000000024309" + "00000003010203"
                        + "000000025501" + "00000000");
        assertThat(file).hasSize(12 + 27 + 4);
        assertThat(ArchiveRecords.decode(file)).isEqualTo(records.entries());
        file[20] ^= 1;
        assertThatThrownBy(() -> ArchiveRecords.decode(file)).hasMessageContaining("checksum");
    }

    @Test
    void whereverABitIsFlippedNothingWrongIsRescued() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        flipAndMend(random.ints(FLIPS, 0, whole.length));
    }

    @Test
    @Tag("slow")
    void whicheverByteIsHitNothingWrongIsRescued() throws Exception {
        flipAndMend(IntStream.range(0, whole.length));
    }

    /** Flips a bit in each place, by itself: the archive mends, or cannot be opened at all, and never says anything wrong. */
    private void flipAndMend(IntStream positions) throws Exception {
        int opened = 0;
        for (int position : positions.toArray()) {
            Path image = copyOf(archive);
            BitRot.flip(image.resolve(table.getFileName()), position);
            ArchiveRecords records;
            try (RocksPieceStore store = RocksPieceStore.open(image, ledger.owner)) {
                records = store.rescueRecords(4);
            } catch (StoreCorruptException e) {
                assertThat(e).hasMessageContaining("archive");
                continue;
            }
            opened++;
            for (int segment = 0; segment < SEGMENTS; segment++) {
                Optional<Commitment> rescued = records.commitment(segment);
                if (rescued.isPresent()) {
                    assertThat(rescued).contains(all.get(segment).commitment());
                } else {
                    records.put(all.get(segment).commitment());
                }
            }
            RocksPieceStore.replaceRecords(image, records);
            try (RocksPieceStore store = RocksPieceStore.open(image, ledger.owner)) {
                assertThat(store.commitments(0, SEGMENTS))
                        .isEqualTo(all.stream().map(Dispersed::commitment).toList());
                assertThat(store.hints().getOrDefault(2, new SegmentSet()).size())
                        .isEqualTo(SEGMENTS);
                assertThat(store.undroppedSegments()).hasSize(SEGMENTS - 2);
                assertThat(store.piece(3, 0)).contains(all.get(3).pieces().getFirst());
                store.flushAndCompact();
                assertThat(store.isDamaged()).isFalse();
            }
        }
        System.out.println(opened + " archives were opened");
        assertThat(opened).isPositive();
    }

    private void assertMended() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            assertThat(archive.resolve("records")).doesNotExist();
            assertThat(store.recordTrouble()).isEmpty();
            assertThat(store.commitments(0, SEGMENTS))
                    .isEqualTo(all.stream().map(Dispersed::commitment).toList());
            assertThat(store.closedEpochCount()).isEqualTo(1);
            assertThat(store.latestCertificate()).isPresent();
            assertThat(store.hints().getOrDefault(2, new SegmentSet()).size()).isEqualTo(SEGMENTS);
            assertThat(store.receipts(2).contains(1)).isTrue();
            assertThat(store.piece(5, 2)).contains(all.get(5).pieces().get(2));
            store.flushAndCompact();
            assertThat(store.isDamaged()).isFalse();
        }
    }

    private Path copyOf(Path directory) throws IOException {
        Path copy = Files.createTempDirectory(temporary, "image");
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }
}
