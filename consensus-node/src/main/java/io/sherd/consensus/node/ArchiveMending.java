package io.sherd.consensus.node;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.LedgerService;
import io.sherd.archive.restore.RecordMender;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends the records of an archive (commitments, certificates, closed epochs, receipts) when a start, or a scrub, finds them damaged, before
 * the replica takes part again: whoever signs a checkpoint needs every commitment, for the history root. What is lost comes from any one other
 * replica. Meanwhile the public edge serves what is sound, and says what is going on: so two replicas with damage in different places
 * help each other, and nobody waits for this one.
 */
final class ArchiveMending {

    private static final Logger LOG = LoggerFactory.getLogger(ArchiveMending.class);

    /** What {@code status} calls it. */
    static final String MODE = "mending";

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final Genesis genesis;
    private final int replica;
    private final InterimEdge edge;
    private final CountDownLatch stopping = new CountDownLatch(1);

    ArchiveMending(InterimEdge edge) {
        this.genesis = edge.genesis();
        this.replica = edge.replica();
        this.edge = edge;
    }

    /**
     * Looks at every record, and mends what is damaged, however long it takes.
     *
     * @param path where the archive is
     * @param pieces the archive, open
     * @param known closings and certificate of the vote log
     * @return the archive, all of whose records can be read: the given one, or one that was opened anew after that was closed
     * @throws StoreException if the disk refuses
     * @throws InterruptedException if {@link #stop} was called, or the thread is interrupted; nothing was changed
     */
    RocksPieceStore mended(Path path, RocksPieceStore pieces, RecordMender.Known known)
            throws StoreException, InterruptedException {
        Optional<String> trouble = pieces.recordTrouble();
        if (trouble.isEmpty()) {
            return pieces;
        }
        LOG.error(
                "records of the archive are damaged and are mended before this replica takes part: {}", trouble.get());
        RecordMender.Outcome.Mended mended;
        @Nullable EdgeServer serving = serveWhatIsSound(pieces);
        try {
            mended = mend(pieces, known);
        } finally {
            if (serving != null) {
                serving.close();
            }
        }
        pieces.close();
        RocksPieceStore.replaceRecords(path, mended.records());
        LOG.warn(
                "the records of the archive are mended: {} values were rotten, {} commitments came from others",
                mended.records().rotten(),
                mended.commitments());
        return RocksPieceStore.open(path, new StoreOwner(genesis.clusterId(), replica));
    }

    /** Makes {@link #mended} end soon, from any thread. */
    void stop() {
        stopping.countDown();
    }

    private RecordMender.Outcome.Mended mend(RocksPieceStore pieces, RecordMender.Known known)
            throws StoreException, InterruptedException {
        RecordMender mender = new RecordMender(genesis, new Ed25519Verifier());
        EdgeSources others = EdgeSources.of(genesis).without(replica);
        Duration pause = FIRST_PAUSE;
        while (true) {
            switch (mender.mend(pieces, known, others)) {
                case RecordMender.Outcome.Mended mended -> {
                    return mended;
                }
                case RecordMender.Outcome.NotNow notNow ->
                    LOG.warn("the records cannot be mended now, again in {} ms: {}", pause.toMillis(), notNow);
            }
            if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("the records of the archive were not mended: the node stops");
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    private @Nullable EdgeServer serveWhatIsSound(RocksPieceStore pieces) {
        return edge.serve(
                new LedgerService(genesis, pieces, (_, _, _, _) -> Optional.empty()),
                MODE,
                status -> status.setSegments(pieces.commitmentCount()).setArchiveDamaged(true));
    }
}
