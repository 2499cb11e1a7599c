package io.sherd.consensus.node;

import io.sherd.consensus.ledger.LedgerPipeline;
import io.sherd.consensus.ledger.Threads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What a replica does now and then: it lets go what the retention rule allows, sends receipts, and, when nothing was sealed
 * for a while, writes the archive to its place so that it takes the least space on disk. One thread of its own.
 */
final class NodeUpkeep implements AutoCloseable {

    private static final long PERIOD_MILLIS = 500;
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long BETWEEN_FLUSHES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final BooleanSupplier isMember;
    private final LedgerPipeline pipeline;
    private final MemberHistory members;
    private final ReceiptSender receipts;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;
    private long seenSegments;
    private long seenSince = System.nanoTime();
    private long lastFlush = System.nanoTime() - BETWEEN_FLUSHES_NANOS;
    private boolean dirty = true;

    NodeUpkeep(
            BooleanSupplier isMember,
            LedgerPipeline pipeline,
            MemberHistory members,
            ReceiptSender receipts,
            Consumer<Throwable> fatal) {
        this.isMember = isMember;
        this.pipeline = pipeline;
        this.members = members;
        this.receipts = receipts;
        this.thread = Thread.ofPlatform()
                .name("upkeep")
                .uncaughtExceptionHandler((_, bug) -> fatal.accept(bug))
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        stopping.countDown();
        Threads.awaitEnd(thread);
    }

    private void run() {
        try {
            while (!stopping.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
                pipeline.sweep(members.current());
                tellPeers();
                flushWhenIdle();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A directory that is not the member table's signs no receipt: it may be a copy. Nor does another key than the table's. */
    private void tellPeers() {
        if (isMember.getAsBoolean()) {
            var _ = pipeline.maintain(receipts::send);
        }
    }

    private void flushWhenIdle() {
        long now = System.nanoTime();
        if (pipeline.segmentCount() != seenSegments) {
            seenSegments = pipeline.segmentCount();
            seenSince = now;
            dirty = true;
        }
        if (dirty && now - seenSince >= IDLE_NANOS && now - lastFlush >= BETWEEN_FLUSHES_NANOS) {
            dirty = false;
            lastFlush = now;
            var _ = pipeline.maintain((pieces, _, _) -> pieces.flushAndCompact());
        }
    }
}
