package io.sherd.consensus.node;

import io.sherd.consensus.ledger.LedgerPipeline;
import io.sherd.consensus.ledger.Outcome;
import io.sherd.consensus.wire.MemberTables;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Answers from the reply table for operations that come again. The table belongs to the execution thread and is asked through
 * it; so that new operations need not wait, the highest executed id of each client is known here, and only an id up to that
 * one is asked for. No answer in time means "not known": then the operation is ordered again, and executes as a no-op.
 * Thread-safe.
 */
final class SessionIndex implements SessionLookup {

    private static final long PATIENCE_MILLIS = 500;

    private final MemberTables members;

    /** Of listed clients only, so that strangers cannot fill it. */
    private final Map<VerifyingKey, Long> highest = new ConcurrentHashMap<>();

    private volatile @Nullable LedgerPipeline pipeline;
    private volatile long executed;

    /**
     * An index that answers "nothing is known" until it is started.
     *
     * @param members who is listed
     */
    SessionIndex(MemberTables members) {
        this.members = members;
    }

    /** Begins to answer. */
    void start(LedgerPipeline over) {
        executed = over.replayedTo();
        pipeline = over;
    }

    /** An entry was executed; called by the execution thread. */
    void executed(long sequence, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            if (outcome.status() == Outcome.Status.EXECUTED || outcome.status() == Outcome.Status.RESULT_DROPPED) {
                highest.computeIfPresent(outcome.client(), (_, before) -> Math.max(before, outcome.id()));
            }
        }
        executed = sequence;
    }

    @Override
    public Optional<Outcome> kept(VerifyingKey client, long id) {
        if (id > highestId(client)) {
            return Optional.empty();
        }
        return this.<Optional<Outcome>>ask(answer -> state -> answer.complete(state.known(client, id)))
                .orElse(Optional.empty());
    }

    @Override
    public long highestId(VerifyingKey client) {
        Long known = highest.get(client);
        if (known != null) {
            return known;
        }
        if (!members.current().isClient(client)) {
            return 0;
        }
        // Entered by the execution thread itself, so that no entry executed meanwhile is missed.
        return this.<Long>ask(answer -> state -> {
                    long id = state.highestId(client);
                    highest.put(client, id);
                    answer.complete(id);
                })
                .orElse(0L);
    }

    @Override
    public long executed() {
        return executed;
    }

    @FunctionalInterface
    private interface Asking<T> {
        LedgerPipeline.Question question(CompletableFuture<T> answer);
    }

    private <T> Optional<T> ask(Asking<T> asking) {
        LedgerPipeline asked = pipeline;
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (asked == null || !asked.ask(asking.question(answer))) {
            return Optional.empty();
        }
        try {
            return Optional.of(answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer that is never completed exceptionally was", e);
        }
    }
}
