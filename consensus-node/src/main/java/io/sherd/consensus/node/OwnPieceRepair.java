package io.sherd.consensus.node;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.restore.Repairer;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.ledger.Threads;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.ReassemblyException;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the own pieces that {@link ReceiptSender} finds missing or damaged: from a hint, from whoever has the segment in full, or
 * rebuilt from k others. One thread of its own, since peers may be slow to answer.
 */
final class OwnPieceRepair implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OwnPieceRepair.class);
    private static final long PERIOD_MILLIS = 500;
    private static final long AFTER_FAILURE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final Genesis genesis;
    private final int replica;
    private final PieceStore pieces;
    private final Supplier<ConnectedSources> others;
    private final ReceiptSender receipts;
    private final Consumer<Throwable> fatal;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    OwnPieceRepair(
            Genesis genesis,
            int replica,
            PieceStore pieces,
            Supplier<ConnectedSources> others,
            ReceiptSender receipts,
            Consumer<Throwable> fatal) {
        this.genesis = genesis;
        this.replica = replica;
        this.pieces = pieces;
        this.others = others;
        this.receipts = receipts;
        this.fatal = fatal;
        this.thread = Thread.ofPlatform()
                .name("own-pieces")
                .uncaughtExceptionHandler((_, bug) -> fatal.accept(bug))
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Ends it, whatever it waits for. */
    @Override
    public void close() {
        stopping.countDown();
        thread.interrupt();
        Threads.awaitEnd(thread);
    }

    private void run() {
        long pause = PERIOD_MILLIS;
        try {
            while (!stopping.await(pause, TimeUnit.MILLISECONDS)) {
                pause = isRepaired() ? PERIOD_MILLIS : AFTER_FAILURE_MILLIS;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StoreException e) {
            fatal.accept(e);
        }
    }

    /** Repairs what is known to be damaged; false if it could not be done now. */
    private boolean isRepaired() throws StoreException, InterruptedException {
        OptionalLong segment = receipts.damaged();
        if (segment.isEmpty()) {
            return true;
        }
        try (ConnectedSources connected = others.get()) {
            Repairer.Repaired repaired =
                    new Repairer(genesis, pieces, replica, connected.all()).repair(segment.getAsLong());
            receipts.repaired(segment.getAsLong());
            LOG.info(
                    "own piece of segment {} is here again, {} with {} bytes",
                    segment.getAsLong(),
                    repaired.rebuilt() ? "rebuilt from others" : "fetched",
                    repaired.bytesReceived());
            return true;
        } catch (InsufficientPiecesException | ReassemblyException e) {
            LOG.warn("own piece of segment {} cannot be made now: {}", segment.getAsLong(), e.getMessage());
            return false;
        }
    }
}
