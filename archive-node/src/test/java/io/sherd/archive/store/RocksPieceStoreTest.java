package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Disperser.Dispersed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on disk, and what a disk adds: coming back after a close, and little space. */
final class RocksPieceStoreTest extends PieceStoreContract {

    @TempDir
    private Path temporary = Path.of("");

    @Override
    PieceStore emptyStore() throws Exception {
        RocksPieceStore.create(directory(), ledger.owner);
        return RocksPieceStore.open(directory(), ledger.owner);
    }

    @Test
    void everythingIsThereAfterReopening() throws Exception {
        Dispersed first = seal();
        Dispersed second = seal();
        store.putPiece(first.pieces().get(3));
        store.putCertificate(ledger.certificate(0, 1, 2));
        store.putReceipt(ledger.receipt(3, 0, 2));
        store.putClosedEpoch(ledger.closedEpoch());
        store.dropFullBytes(0);
        store.close();

        store = RocksPieceStore.open(directory(), ledger.owner);

        assertThat(store.commitments(0, 10)).containsExactly(first.commitment(), second.commitment());
        assertThat(store.piece(0, 0)).contains(first.pieces().getFirst());
        assertThat(store.piece(0, 3)).contains(first.pieces().get(3));
        assertThat(store.undroppedSegments()).containsExactly(1L);
        assertThat(store.undropped(1)).contains(second.compressed());
        assertThat(store.latestCertificate()).contains(ledger.certificate(0, 1, 2));
        assertThat(store.closedEpochs(0, 10)).containsExactly(ledger.closedEpoch());
        assertThat(store.replicasWithoutReceipt(1, 4)).isEmpty();
        assertThat(store.replicasWithoutReceipt(0, 4)).containsExactly(0, 1, 2);
    }

    @Test
    void receiptsInAnyOrderAreThoseOfThePlainSet() throws Exception {
        long seed = Long.getLong("sherd.seed", 7);
        Random random = new Random(seed);
        PieceStore twin = new MemoryPieceStore();
        for (int segment = 0; segment < 40; segment++) {
            Dispersed dispersed = ledger.next(10);
            store.putSealed(dispersed.commitment(), Optional.empty(), Optional.empty());
            twin.putSealed(dispersed.commitment(), Optional.empty(), Optional.empty());
        }
        for (int step = 0; step < 60; step++) {
            long first = random.nextInt(40);
            long end = first + 1 + random.nextInt((int) Math.min(8, 40 - first));
            StorageReceipt receipt = ledger.receipt(random.nextInt(4), first, end);

            store.putReceipt(receipt);
            twin.putReceipt(receipt);

            for (long segment = 0; segment < 40; segment++) {
                assertThat(store.replicasWithoutReceipt(segment, 4))
                        .as("segment %d after step %d of -Dsherd.seed=%d", segment, step, seed)
                        .isEqualTo(twin.replicasWithoutReceipt(segment, 4));
            }
        }
    }

    @Test
    void allocatedBytesStayWithinFivePercentOfTheBound() throws Exception {
        int k = ledger.genesis.piecesNeeded();
        long bound = 0;
        for (int i = 0; i < 64; i++) {
            Dispersed dispersed = ledger.next(256 * 1024);
            store.putSealed(
                    dispersed.commitment(),
                    Optional.of(dispersed.pieces().getFirst()),
                    Optional.of(dispersed.compressed()));
            bound += dispersed.compressed().size() / k
                    + 256
                    + 32L * dispersed.pieces().getFirst().siblings().size();
            store.putCertificate(ledger.certificate(0, 1, 2, 3));
            store.dropCertificatesBelow(i + 1);
            store.dropFullBytes(i);
        }

        store.flushAndCompact();

        assertThat(DurableFiles.allocatedBytes(directory())).isLessThanOrEqualTo(bound * 105 / 100);
    }

    @Test
    void hintsThatWereDroppedGiveTheirSpaceBack() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Dispersed dispersed = ledger.next(256 * 1024);
            store.putSealed(dispersed.commitment(), Optional.empty(), Optional.empty());
            store.putPiece(dispersed.pieces().get(1));
            all.add(dispersed);
        }
        store.flushAndCompact();
        long before = DurableFiles.allocatedBytes(directory());
        for (int i = 0; i < 16; i++) {
            if (i % 4 != 0) {
                store.dropPiece(i, 1);
            }
        }

        store.flushAndCompact();

        assertThat(DurableFiles.allocatedBytes(directory())).isLessThan(before * 40 / 100);
        for (int i = 0; i < 16; i += 4) {
            assertThat(store.piece(i, 1)).contains(all.get(i).pieces().get(1));
        }
    }

    private Path directory() {
        return temporary.resolve("archive");
    }
}
