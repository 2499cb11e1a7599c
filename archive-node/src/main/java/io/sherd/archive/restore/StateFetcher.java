package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointStatement;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a {@link StateFetch}: asks the sources what it plans, and looks for a newer certificate when its state is superseded. */
final class StateFetcher {

    private static final Logger LOG = LoggerFactory.getLogger(StateFetcher.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration HEAD_PATIENCE = Duration.ofSeconds(2);

    private final RocksStateStore store;
    private final CertificateChain chain;
    private final HeadSearch heads;
    private final Duration stallLimit;
    private final boolean mayChange;
    private final PartListener onPart;
    private final Map<Integer, LedgerSource> sources = new TreeMap<>();
    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

    /**
     * A fetcher into one store.
     *
     * @param store what takes the state
     * @param chain a chain with a certificate; grows when newer ones are looked for
     * @param sources who is asked
     * @param stallLimit how long nothing may arrive
     * @param mayChange whether a source may have another state later than it has now
     * @param onPart told how many parts there are so far, after each
     */
    StateFetcher(
            RocksStateStore store,
            CertificateChain chain,
            Collection<LedgerSource> sources,
            Duration stallLimit,
            boolean mayChange,
            PartListener onPart) {
        this.store = store;
        this.chain = chain;
        this.heads = new HeadSearch(chain, sources);
        this.stallLimit = stallLimit;
        this.mayChange = mayChange;
        this.onPart = onPart;
        sources.forEach(source -> this.sources.put(source.replica(), source));
    }

    /** Told of each part that arrived. */
    @FunctionalInterface
    interface PartListener {

        /**
         * A part was stored.
         *
         * @param parts how many there are so far
         * @throws InterruptedException to end the fetch
         */
        void arrived(long parts) throws InterruptedException;
    }

    private record Answer(
            StateFetch.Ask ask,
            @Nullable StateChunk chunk,
            @Nullable SourceException failure) {}

    /**
     * Makes the newest certified state the store's latest. A store that has it, or a newer one, is left as it is.
     *
     * @return the store's latest state checkpoint
     * @throws StateUnavailableException if nothing arrived for longer than the limit
     */
    StateCheckpoint fetch() throws StoreException, StateUnavailableException, InterruptedException {
        Optional<StateFetch> fetched = fetchParts();
        return fetched.isPresent() ? fetched.get().finish() : store.latest();
    }

    /**
     * Fetches every part of the newest certified state; the store's latest stays what it is until {@link StateFetch#finish}.
     *
     * @return the fetch, complete; empty if the store has that state, or a newer one
     * @throws StateUnavailableException if nothing arrived for longer than the limit
     */
    Optional<StateFetch> fetchParts() throws StoreException, StateUnavailableException, InterruptedException {
        StateCheckpoint target = newestCertified();
        StateCheckpoint underWay = store.importing().orElse(target);
        if (target.sequence() <= store.latest().sequence() && store.importing().isEmpty()) {
            return Optional.empty();
        }
        StateFetch fetch =
                new StateFetch(store, underWay.sequence() > target.sequence() ? underWay : target, sources.keySet());
        long lastArrival = System.nanoTime();
        long nextTick = lastArrival + TICK.toNanos();
        while (!fetch.isComplete()) {
            for (StateFetch.Ask ask : fetch.plan()) {
                ask(ask);
            }
            Answer answer = answers.poll(Math.max(0, nextTick - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (answer != null && take(fetch, answer)) {
                lastArrival = System.nanoTime();
                onPart.arrived(fetch.acceptedParts());
            }
            if (System.nanoTime() >= nextTick) {
                fetch.onTick();
                nextTick = System.nanoTime() + TICK.toNanos();
            }
            if (fetch.isSuperseded() && !mayChange) {
                throw unavailable(fetch);
            }
            if (fetch.isSuperseded()) {
                heads.search(HEAD_PATIENCE);
                fetch.retarget(newestCertified());
            }
            if (System.nanoTime() - lastArrival > stallLimit.toNanos()) {
                throw unavailable(fetch);
            }
        }
        fetch.liars()
                .forEach(
                        liar -> LOG.warn("replica {} {}", liar, fetch.troubles().get(liar)));
        return Optional.of(fetch);
    }

    private static StateUnavailableException unavailable(StateFetch fetch) {
        return new StateUnavailableException(
                "the state of position %d cannot be had"
                        .formatted(fetch.target().sequence()),
                fetch.troubles());
    }

    private StateCheckpoint newestCertified() {
        CheckpointStatement statement = chain.newest()
                .orElseThrow(() -> new IllegalArgumentException("a chain without a certificate"))
                .statement();
        return new StateCheckpoint(statement.stateSequence(), statement.stateRoot());
    }

    private void ask(StateFetch.Ask ask) {
        LedgerSource source = sources.get(ask.source());
        if (source == null) {
            throw new IllegalArgumentException("replica " + ask.source() + " is no source of this fetch");
        }
        source.state(ask.target().sequence(), ask.target().root(), ask.part().prefix(), new LedgerSource.Receiver<>() {
            @Override
            public void received(StateChunk chunk) {
                answers.add(new Answer(ask, chunk, null));
            }

            @Override
            public void failed(SourceException why) {
                answers.add(new Answer(ask, null, why));
            }
        });
    }

    private static boolean take(StateFetch fetch, Answer answer) throws StoreException {
        if (answer.chunk() != null) {
            return fetch.onChunk(answer.ask(), answer.chunk());
        }
        SourceException failure = answer.failure();
        if (failure != null && failure.kind() == SourceException.Kind.NOT_FOUND) {
            fetch.onNotFound(answer.ask());
        } else {
            fetch.onFailure(answer.ask(), failure == null ? "" : String.valueOf(failure.getMessage()));
        }
        return false;
    }
}
