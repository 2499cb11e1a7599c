package io.sherd.consensus.core;

import io.sherd.replication.Invariant;
import io.sherd.replication.ledger.LedgerEntry;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Hands decided entries to execution: in order, each once, and never more than a window of them at a time. */
final class Execution {

    private final Outbox out;
    private final MessageLog log;
    private final int maxRunning;
    private final ArrayDeque<LedgerEntry> running = new ArrayDeque<>();
    private long handed;

    Execution(Outbox out, MessageLog log, int maxRunning, long executed) {
        this.out = out;
        this.log = log;
        this.maxRunning = maxRunning;
        this.handed = executed;
    }

    /** The last position handed to execution. */
    long handed() {
        return handed;
    }

    /** The last position that is executed. */
    long executed() {
        return running.isEmpty() ? handed : running.getFirst().sequence() - 1;
    }

    /** Entries that may be handed over before another one must have been executed. */
    int room() {
        return maxRunning - running.size();
    }

    /** The next decided entry, or null when it is not decided yet or execution has no room. */
    @Nullable
    DecidedEntry next() {
        Slot slot = log.find(handed + 1);
        return slot == null || room() == 0 ? null : slot.decided();
    }

    /** Hands over the entry after the last. */
    void handOver(DecidedEntry entry, boolean remember) {
        long sequence = entry.entry().sequence();
        Invariant.holds(sequence == handed + 1, "entry %d follows entry %d", sequence, handed);
        handed = sequence;
        running.add(entry.entry());
        if (remember) {
            out.persist(new VoteRecord.Decided(entry));
        }
        out.add(new Effect.Execute(entry.entry(), entry.epoch()));
        log.handedOver(sequence);
    }

    /** The oldest entry handed over is executed. */
    LedgerEntry executed(long sequence) {
        LedgerEntry entry = running.poll();
        if (entry == null || entry.sequence() != sequence) {
            throw new IllegalArgumentException("entry %d is said to be executed, the next one is %s"
                    .formatted(sequence, entry == null ? "none" : entry.sequence()));
        }
        return entry;
    }
}
