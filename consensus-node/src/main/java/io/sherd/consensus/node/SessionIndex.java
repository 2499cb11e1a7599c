package io.sherd.consensus.node;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.ledger.ExecutedState;
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
 * Tells operations that come again from new ones. The reply table belongs to the execution thread and is asked through it; so
 * that new operations need not wait, the executed ids of each client that was heard of are known here too. Thread-safe.
 */
final class SessionIndex implements SessionLookup {

    private static final long PATIENCE_SECONDS = 20;

    private final MemberTables members;
    private final int window;

    /** Of listed clients only, so that strangers cannot fill it. */
    private final Map<VerifyingKey, ExecutedIds> known = new ConcurrentHashMap<>();

    private volatile @Nullable LedgerPipeline pipeline;
    private volatile long executed;

    /**
     * An index that is not started.
     *
     * @param members who is listed
     * @param window the genesis's session window
     */
    SessionIndex(MemberTables members, int window) {
        this.members = members;
        this.window = window;
    }

    /** Begins to answer. */
    void start(LedgerPipeline over) {
        executed = over.replayedTo();
        pipeline = over;
    }

    /** An entry was executed; called by the execution thread. */
    void executed(long sequence, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            ExecutedIds ids = known.get(outcome.client());
            if (ids != null
                    && (outcome.status() == Outcome.Status.EXECUTED
                            || outcome.status() == Outcome.Status.RESULT_DROPPED)) {
                ids.add(outcome.id());
            }
        }
        executed = sequence;
    }

    /**
     * Whether an operation is known to be neither executed nor below its session's window. Never waits: where nothing is known
     * of the client yet, the answer is no, and the next one is better.
     */
    boolean isNew(VerifyingKey client, long id) {
        ExecutedIds ids = known.get(client);
        LedgerPipeline asked = pipeline;
        if (ids == null && asked != null && members.current().isClient(client)) {
            boolean _ = asked.ask(state -> read(state, client));
        }
        return ids != null && !ids.contains(id);
    }

    @Override
    public Optional<Outcome> kept(VerifyingKey client, long id) {
        return idsOf(client).map(ids -> ids.contains(id)).orElse(false)
                ? ask(state -> state.known(client, id))
                : Optional.empty();
    }

    @Override
    public long highestId(VerifyingKey client) {
        return idsOf(client).map(ExecutedIds::top).orElse(0L);
    }

    @Override
    public long executed() {
        return executed;
    }

    /** The executed ids of a listed client; those of others are nobody's business. */
    private Optional<ExecutedIds> idsOf(VerifyingKey client) {
        ExecutedIds ids = known.get(client);
        if (ids != null || !members.current().isClient(client)) {
            return Optional.ofNullable(ids);
        }
        return Optional.of(ask(state -> read(state, client)));
    }

    /** Runs on the execution thread, so that no entry executed meanwhile is missed. */
    private ExecutedIds read(ExecutedState state, VerifyingKey client) throws StoreException {
        ExecutedIds present = known.get(client);
        if (present != null) {
            return present;
        }
        ExecutedIds read = new ExecutedIds(window);
        long top = state.highestId(client);
        for (long id = Math.max(1, top - window + 1); id <= top; id++) {
            if (state.known(client, id).isPresent()) {
                read.add(id);
            }
        }
        known.put(client, read);
        return read;
    }

    /** What is asked of the state. */
    @FunctionalInterface
    private interface Query<T> {
        T answer(ExecutedState state) throws StoreException;
    }

    private <T> T ask(Query<T> query) {
        LedgerPipeline asked = pipeline;
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (asked == null || !asked.ask(state -> answer.complete(query.answer(state)))) {
            throw new IllegalStateException("too much waits for the reply table");
        }
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException("the reply table does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the node stops", e);
        }
    }
}
