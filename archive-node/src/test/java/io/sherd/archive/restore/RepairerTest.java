package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.replication.piece.Piece;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One replica's pieces made anew from real edges on loopback. */
final class RepairerTest {

    private static final int LOST = 3;

    private final MadeLedger ledger = MadeLedger.ofFour(MadeLedger.seed()).addSegments(3, 20_000);
    private final Edges edges = new Edges(ledger);
    private final List<MemoryPieceStore> stores = new ArrayList<>();
    private final MemoryPieceStore archive = new MemoryPieceStore(LOST);

    RepairerTest() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            stores.add(new MemoryPieceStore(replica));
            ledger.fill(stores.get(replica), replica);
        }
        for (int segment = 0; segment < 3; segment++) {
            archive.putSealed(ledger.commitment(segment), Optional.empty(), Optional.empty());
        }
    }

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void whoeverHoldsTheHintGivesThePieceAndNoMoreIsRead() throws Exception {
        stores.get(1).putPiece(piece(1, LOST));
        start(0, 1, 2);

        Repairer.Repaired repaired = repair(1);

        assertThat(repaired.rebuilt()).isFalse();
        assertThat(repaired.bytesReceived())
                .isLessThan((long) (1.05 * piece(1, LOST).encoded().size()));
        assertThat(archive.piece(1, LOST)).contains(piece(1, LOST));
    }

    @Test
    void withoutAHintThePieceIsRebuiltFromThreeOthers() throws Exception {
        start(0, 1, 2);

        assertThat(repair(2).rebuilt()).isTrue();
        assertThat(archive.piece(2, LOST)).contains(piece(2, LOST));
    }

    /** r2 is silent too, and the piece of r2 that r0 holds for it takes its place. */
    @Test
    void aHintTakesThePlaceOfTheReplicaThatItIsFor() throws Exception {
        stores.get(0).putPiece(piece(0, 2));
        start(0, 1);

        assertThat(repair(0).rebuilt()).isTrue();
        assertThat(archive.piece(0, LOST)).contains(piece(0, LOST));
    }

    @Test
    void tooFewPiecesAreNamedAndNothingIsStored() throws Exception {
        start(0, 1);

        InsufficientPiecesException refused = catchThrowableOfType(InsufficientPiecesException.class, () -> repair(0));

        assertThat(refused).hasMessageContaining("have 2 valid pieces of 3 needed");
        assertThat(archive.piece(0, LOST)).isEmpty();
    }

    @Test
    void aSilentSourceIsWaitedForOnce() throws Exception {
        for (int segment = 0; segment < 3; segment++) {
            stores.get(1).putPiece(piece(segment, LOST));
        }
        start(1);
        Duration deadline = Duration.ofSeconds(2);
        try (ConnectedSources connected = connect(edges.mute(0).within(deadline))) {
            Repairer repairer = repairer(connected);
            long begin = System.nanoTime();
            for (int segment = 0; segment < 3; segment++) {
                assertThat(repairer.repair(segment).rebuilt()).isFalse();
            }

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(deadline, deadline.multipliedBy(2));
        }
    }

    private Repairer.Repaired repair(long segment) throws Exception {
        try (ConnectedSources connected = connect(edges.sources())) {
            return repairer(connected).repair(segment);
        }
    }

    private ConnectedSources connect(SourceDirectory sources) {
        ConnectedSources connected = new ConnectedSources(sources);
        connected.follow(ledger.genesis().members());
        return connected;
    }

    private Repairer repairer(ConnectedSources connected) {
        return new Repairer(
                ledger.genesis(),
                archive,
                LOST,
                connected.all().stream()
                        .filter(source -> source.replica() != LOST)
                        .toList());
    }

    private void start(int... replicas) throws Exception {
        for (int replica : replicas) {
            edges.start(replica, stores.get(replica), Edges.NO_STATE);
        }
    }

    private Piece piece(int segment, int index) {
        return ledger.dispersed().get(segment).pieces().get(index);
    }
}
