package io.sherd.consensus.node;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.LedgerService;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.restore.Advance;
import io.sherd.archive.restore.OlderCopyException;
import io.sherd.archive.restore.RestoreMark;
import io.sherd.archive.restore.RestoreProgress;
import io.sherd.archive.restore.StateUnavailableException;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.genesis.Genesis;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the stores of a replica that was left behind forward ({@link Advance}), however long it takes, while nothing else writes to
 * them. The votes are not touched. Meanwhile the public edge serves what is here, so others can fetch from it, and says how far it is.
 */
final class CatchingUp {

    private static final Logger LOG = LoggerFactory.getLogger(CatchingUp.class);

    /** What {@code status} calls it. */
    static final String MODE = "fetching-state";

    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    private final InterimEdge edge;
    private final NodeStores stores;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile @Nullable Advance running;
    private volatile @Nullable RestoreProgress progress;

    CatchingUp(InterimEdge edge, NodeStores stores) {
        this.edge = edge;
        this.stores = stores;
    }

    /**
     * Brings everything forward.
     *
     * @throws StoreException if the disk refuses, or n - f replicas signed what cannot be
     * @throws InterruptedException if {@link #stop} was called: the next start goes on
     */
    void run() throws StoreException, InterruptedException {
        Genesis genesis = edge.genesis();
        progress = null;
        stores.completeClosings();
        LOG.warn(
                "the entries after the state of position {} are kept by nobody any more: certified state and segments are fetched",
                stores.state().latest().sequence());
        @Nullable
        EdgeServer serving = edge.serve(
                new LedgerService(genesis, stores.pieces(), stores.state(), stores.fullSegments(genesis)),
                MODE,
                this::say);
        try {
            StateCheckpoint latest = advanced();
            LOG.info(
                    "the state is that of position {}, there are {} segments",
                    latest.sequence(),
                    stores.pieces().commitmentCount());
        } finally {
            if (serving != null) {
                serving.close();
            }
        }
    }

    /** Makes {@link #run} end soon, from any thread. */
    void stop() {
        stopping.countDown();
        Advance now = running;
        if (now != null) {
            now.stop();
        }
    }

    private StateCheckpoint advanced() throws StoreException, InterruptedException {
        long pause = FIRST_PAUSE_MILLIS;
        while (true) {
            Advance advance = new Advance(ground(), made -> progress = made);
            running = advance;
            if (stopping.getCount() == 0) {
                throw new InterruptedException("the node stops");
            }
            try {
                return advance.run();
            } catch (ShortageException | StateUnavailableException e) {
                LOG.warn("it cannot be had now, again in {} ms: {}", pause, e.getMessage());
            } catch (OlderCopyException e) {
                // The next start would vote until it found this again.
                RestoreMark.put(stores.layout());
                throw e;
            } catch (ContradictionException e) {
                throw new StoreException("what n - f replicas signed cannot be: " + e.getMessage(), e);
            }
            if (stopping.await(pause, TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("the node stops");
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
    }

    private Advance.Ground ground() {
        Genesis genesis = edge.genesis();
        return new Advance.Ground(
                genesis,
                edge.replica(),
                stores.state(),
                stores.pieces(),
                stores.fullSegments(genesis),
                EdgeSources.of(genesis).without(edge.replica()),
                new Ed25519Verifier(),
                STALL_LIMIT);
    }

    private GetStatusResponse.Builder say(GetStatusResponse.Builder status) {
        RestoreProgress made = progress;
        return status.setExecuted(stores.state().latest().sequence())
                .setSegments(stores.pieces().commitmentCount())
                .setArchiveDamaged(stores.pieces().isDamaged())
                .setTargetSegments(made == null ? 0 : made.targetSegments())
                .setStateParts(made == null ? 0 : made.stateParts());
    }
}
