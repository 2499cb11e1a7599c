package io.sherd.archive.learner;

import io.sherd.replication.learner.Learner;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.learner.LearnerEvent;
import io.sherd.replication.learner.LearnerInspection;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.learner.Shortage;
import io.sherd.replication.ledger.SignatureVerifier;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs a {@link Learner}: one thread that hands it ticks and the answers of sources, and performs its effects in order. It
 * ends when it has learned enough, when it is told to stop, or with the exception that says why it cannot go on.
 *
 * <p>The queue of answers needs no bound of its own: each question has one answer, and the learner bounds its questions.
 */
public final class LearnerDriver {

    private static final LearnerEvent TICK = new LearnerEvent.Tick();

    private final Settings settings;
    private final SignatureVerifier verifier;
    private final LedgerSink sink;
    private final Observer observer;
    private final ConnectedSources sources;
    private final StatisticsCounter statistics = new StatisticsCounter();
    private final BlockingQueue<LearnerEvent> answers = new LinkedBlockingQueue<>();
    private volatile boolean stopping;

    private long lastSyncNanos;
    private long unsyncedBytes;
    private long stalledSinceNanos;
    private long lastAnswerNanos;

    /**
     * How a learner is run.
     *
     * @param config what the learner is told
     * @param tick how long its ticks are
     * @param stop when it has learned enough
     * @param syncEvery what was delivered is made durable at least this often
     * @param syncBytes and at least after so many plain bytes
     * @param stallLimit how long something may be missing before that is an error; empty to wait for ever
     */
    public record Settings(
            LearnerConfig config,
            Duration tick,
            LearnerStop stop,
            Duration syncEvery,
            long syncBytes,
            Optional<Duration> stallLimit) {

        /**
         * Settings with ticks of 100 ms, made durable every second or 16 MiB. A source counts as silent early enough for others
         * to be asked within the stall limit.
         */
        public static Settings of(LearnerConfig config, LearnerStop stop, Optional<Duration> stallLimit) {
            Duration tick = Duration.ofMillis(100);
            LearnerConfig patient = stallLimit
                    .map(limit -> config.silentWithin((int) Math.min(limit.dividedBy(tick) / 2, Integer.MAX_VALUE)))
                    .orElse(config);
            return new Settings(patient, tick, stop, Duration.ofSeconds(1), 16L << 20, stallLimit);
        }
    }

    /** Told of a learner's effects, in their order and on its thread. */
    @FunctionalInterface
    public interface Observer {

        /**
         * An effect was performed.
         *
         * @param effect any but a fetch
         * @throws SinkException if what must be kept of it cannot be kept; ends the learner
         */
        void observe(LearnerEffect effect) throws SinkException;
    }

    /**
     * A driver of a learner that was not started yet.
     *
     * @param settings how to run it
     * @param verifier decides about signatures
     * @param directory makes the sources
     * @param sink takes the segments; the caller closes it
     * @param observer told of every effect but fetches, after it was performed
     */
    public LearnerDriver(
            Settings settings,
            SignatureVerifier verifier,
            SourceDirectory directory,
            LedgerSink sink,
            Observer observer) {
        this.settings = settings;
        this.verifier = verifier;
        this.sink = sink;
        this.observer = observer;
        this.sources = new ConnectedSources(directory);
    }

    /**
     * Learns until the stop condition holds or {@link #stop} is called; everything delivered is durable then.
     *
     * @return what was done
     * @throws SinkException if the sink fails
     * @throws ShortageException if something has been missing for longer than the limit
     * @throws ContradictionException if n - f replicas signed what cannot be
     * @throws InterruptedException if the thread is interrupted; what was delivered last may not be durable
     */
    public LearnerStatistics run()
            throws SinkException, ShortageException, ContradictionException, InterruptedException {
        LearnerProgress start = sink.resume();
        Learner learner = new Learner(settings.config(), verifier, start);
        statistics.started(start);
        try {
            sources.follow(start.members());
            lastSyncNanos = System.nanoTime();
            lastAnswerNanos = lastSyncNanos;
            loop(learner);
            sink.sync();
            return statistics();
        } finally {
            sources.close();
        }
    }

    /** Makes {@link #run} end soon, from any thread. */
    public void stop() {
        stopping = true;
        answers.add(TICK);
    }

    /** What was done so far; from any thread. */
    public LearnerStatistics statistics() {
        return statistics.snapshot(sources.bytesReceived());
    }

    private void loop(Learner learner)
            throws SinkException, ShortageException, ContradictionException, InterruptedException {
        long tickNanos = settings.tick().toNanos();
        long nextTick = System.nanoTime();
        while (!stopping && !isDone(learner)) {
            long before = System.nanoTime();
            LearnerEvent event = before >= nextTick ? null : answers.poll(nextTick - before, TimeUnit.NANOSECONDS);
            long stepStart = System.nanoTime();
            if (event == null) {
                event = TICK;
                nextTick = stepStart + tickNanos;
            }
            noteArrival(event, stepStart);
            for (LearnerEffect effect : learner.step(event)) {
                perform(effect);
            }
            syncIfDue();
            failIfStalled();
            // A step that took longer than a tick is this process being slow, not its sources: no tick passed for them.
            if (System.nanoTime() - stepStart > tickNanos) {
                nextTick = System.nanoTime() + tickNanos;
            }
        }
    }

    private boolean isDone(Learner learner) {
        return switch (settings.stop()) {
            case LearnerStop.AtSegmentCount(long count) -> learner.progress().nextSegment() >= count;
            case LearnerStop.CaughtUp() -> {
                LearnerInspection now = learner.inspect();
                int enough = settings.config().genesis().quorums().oneCorrect();
                yield now.caughtUp()
                        && now.sourcesHeard()
                                >= Math.min(enough, Math.max(1, sources.all().size()));
            }
            case LearnerStop.Never() -> false;
        };
    }

    private void perform(LearnerEffect effect) throws SinkException, ContradictionException {
        switch (effect) {
            case LearnerEffect.FetchHead fetch ->
                ask(fetch, source -> source.head(receiver(fetch, head -> new LearnerEvent.HeadArrived(fetch, head))));
            case LearnerEffect.FetchEpochs fetch ->
                ask(
                        fetch,
                        source -> source.epochs(
                                fetch.fromEpoch(),
                                receiver(fetch, closed -> new LearnerEvent.EpochsArrived(fetch, closed))));
            case LearnerEffect.FetchCommitments fetch ->
                ask(
                        fetch,
                        source -> source.commitments(
                                fetch.fromSegment(),
                                fetch.count(),
                                receiver(fetch, list -> new LearnerEvent.CommitmentsArrived(fetch, list))));
            case LearnerEffect.FetchPiece fetch ->
                ask(
                        fetch,
                        source -> source.piece(
                                fetch.segment(),
                                fetch.index(),
                                receiver(fetch, piece -> new LearnerEvent.PieceArrived(fetch, piece))));
            case LearnerEffect.Deliver delivery -> {
                if (isBeyondStop(delivery)) {
                    return;
                }
                sink.accept(delivery.reassembled(), delivery.after());
                unsyncedBytes += delivery.reassembled()
                        .dispersed()
                        .commitment()
                        .context()
                        .plainLength();
            }
            case LearnerEffect.EpochPassed passed ->
                sources.follow(passed.closed().next());
            case LearnerEffect.Stalled stalled -> startStall(stalled.shortage());
            case LearnerEffect.Contradiction contradiction -> throw new ContradictionException(contradiction.detail());
            case LearnerEffect.Target _, LearnerEffect.Ignored _ -> {}
        }
        statistics.count(effect);
        if (!(effect instanceof LearnerEffect.Fetch)) {
            observer.observe(effect);
        }
    }

    private boolean isBeyondStop(LearnerEffect.Deliver delivery) {
        return settings.stop() instanceof LearnerStop.AtSegmentCount(long count)
                && delivery.reassembled().segment().number() >= count;
    }

    private void ask(LearnerEffect.Fetch fetch, Consumer<LedgerSource> question) {
        sources.source(fetch.source())
                .ifPresentOrElse(
                        question,
                        () -> answers.add(new LearnerEvent.FetchFailed(fetch, LearnerEvent.Failure.UNREACHABLE)));
    }

    private <T> LedgerSource.Receiver<T> receiver(LearnerEffect.Fetch fetch, Function<T, LearnerEvent> event) {
        return new LedgerSource.Receiver<>() {
            @Override
            public void received(T answer) {
                statistics.arrived(fetch);
                answers.add(event.apply(answer));
            }

            @Override
            public void failed(SourceException why) {
                statistics.failed(fetch.source(), String.valueOf(why.getMessage()));
                answers.add(new LearnerEvent.FetchFailed(fetch, failure(why.kind())));
            }
        };
    }

    private static LearnerEvent.Failure failure(SourceException.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> LearnerEvent.Failure.NOT_FOUND;
            case MALFORMED -> LearnerEvent.Failure.MALFORMED;
            // Whoever is busy is left alone for a while, like one that cannot be reached.
            case UNREACHABLE, REFUSED -> LearnerEvent.Failure.UNREACHABLE;
        };
    }

    private void noteArrival(LearnerEvent event, long now) {
        switch (event) {
            case LearnerEvent.HeadArrived _ -> {
                headAnswered();
                lastAnswerNanos = now;
            }
            case LearnerEvent.EpochsArrived _, LearnerEvent.CommitmentsArrived _, LearnerEvent.PieceArrived _ ->
                lastAnswerNanos = now;
            case LearnerEvent.FetchFailed _, LearnerEvent.Tick _ -> {}
        }
    }

    /**
     * A shortage lasts as long as the same thing is missing, whatever sources say about it meanwhile. It began with the last
     * answer: that sources are silent is only known some time later.
     */
    private void startStall(Shortage next) {
        boolean goesOn = statistics
                .shortage()
                .filter(last -> last.stage() == next.stage() && last.segment() == next.segment())
                .isPresent();
        if (!goesOn) {
            stalledSinceNanos = lastAnswerNanos;
        }
    }

    /** That no source answers is over once one does. */
    private void headAnswered() {
        if (statistics.shortage().map(Shortage::stage).orElse(null) == Shortage.Stage.HEADS) {
            statistics.shortageOver();
        }
    }

    private void syncIfDue() throws SinkException {
        long now = System.nanoTime();
        boolean isDue = unsyncedBytes >= settings.syncBytes()
                || (unsyncedBytes > 0
                        && now - lastSyncNanos >= settings.syncEvery().toNanos());
        if (isDue) {
            sink.sync();
            unsyncedBytes = 0;
            lastSyncNanos = System.nanoTime();
        }
    }

    private void failIfStalled() throws ShortageException {
        Duration limit = settings.stallLimit().orElse(null);
        if (limit == null || System.nanoTime() - stalledSinceNanos < limit.toNanos()) {
            return;
        }
        Optional<Shortage> shortage = statistics.shortage();
        if (shortage.isPresent()) {
            throw ShortageException.of(shortage.get(), statistics.lastFailures());
        }
    }
}
