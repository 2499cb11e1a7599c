package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks all sources at once for their highest certificate, and for the closed epochs that lead to it, and keeps what verifies in
 * a {@link CertificateChain}. Belongs to one thread.
 */
public final class HeadSearch {

    /** A source that leads from epoch to epoch without end is not followed for ever. */
    private static final int MAX_EPOCH_FETCHES = 10_000;

    private final CertificateChain chain;
    private final Collection<LedgerSource> sources;
    private final SortedMap<Integer, String> troubles = new TreeMap<>();

    /**
     * A search that has asked nobody yet.
     *
     * @param chain takes what verifies
     * @param sources who is asked
     */
    public HeadSearch(CertificateChain chain, Collection<LedgerSource> sources) {
        this.chain = chain;
        this.sources = sources;
    }

    private sealed interface Answer {
        LedgerSource source();

        record Head(LedgerSource source, CheckpointCertificate certificate) implements Answer {}

        record Epochs(LedgerSource source, CheckpointCertificate head, List<ClosedEpoch> closed) implements Answer {}

        record Nothing(LedgerSource source, SourceException why) implements Answer {}
    }

    /**
     * How a search went.
     *
     * @param answered how many sources answered with what holds, or that they have nothing
     * @param troubles what is wrong with each of the others, by replica
     */
    public record Result(int answered, SortedMap<Integer, String> troubles) {}

    /**
     * Asks once.
     *
     * @param patience how long to wait for those that do not answer
     * @return who answered, and what is wrong with the others
     */
    public Result search(Duration patience) throws InterruptedException {
        return search(patience, sources.size());
    }

    /**
     * Asks once, and waits for no more than enough of the answers.
     *
     * @param patience how long to wait for those that do not answer
     * @param enough how many answers that hold are enough
     * @return who answered, and what is wrong with the others
     */
    public Result search(Duration patience, int enough) throws InterruptedException {
        troubles.clear();
        BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
        for (LedgerSource source : sources) {
            source.head(receiver(source, answers, head -> new Answer.Head(source, head)));
            troubles.put(source.replica(), "no answer in " + patience.toMillis() + " ms");
        }
        long deadline = System.nanoTime() + patience.toNanos();
        int pending = sources.size();
        int answered = 0;
        int epochFetches = 0;
        while (pending > 0 && answered < enough) {
            @Nullable Answer answer = answers.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (answer == null) {
                break;
            }
            boolean goesOn = epochFetches < MAX_EPOCH_FETCHES && consider(answer, answers);
            if (goesOn) {
                epochFetches++;
            } else {
                pending--;
                answered += troubles.containsKey(answer.source().replica()) ? 0 : 1;
            }
        }
        return new Result(answered, Collections.unmodifiableSortedMap(new TreeMap<>(troubles)));
    }

    /** Takes an answer; returns whether its source was asked for more. */
    private boolean consider(Answer answer, BlockingQueue<Answer> answers) {
        int replica = answer.source().replica();
        try {
            return switch (answer) {
                case Answer.Head(LedgerSource source, CheckpointCertificate certificate) ->
                    offer(source, certificate, answers);
                case Answer.Epochs(LedgerSource source, CheckpointCertificate head, List<ClosedEpoch> closed) -> {
                    boolean extended = chain.extend(closed);
                    if (!extended && head.statement().epoch() > chain.members().epoch()) {
                        troubles.put(replica, "does not give the epochs that its certificate needs");
                        yield false;
                    }
                    yield offer(source, head, answers);
                }
                case Answer.Nothing(LedgerSource _, SourceException why) -> {
                    if (why.kind() == SourceException.Kind.NOT_FOUND) {
                        troubles.remove(replica);
                    } else {
                        troubles.put(replica, String.valueOf(why.getMessage()));
                    }
                    yield false;
                }
            };
        } catch (InvalidCertificateException e) {
            troubles.put(replica, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean offer(LedgerSource source, CheckpointCertificate head, BlockingQueue<Answer> answers)
            throws InvalidCertificateException {
        return switch (chain.offer(head)) {
            case KNOWN -> {
                troubles.remove(source.replica());
                yield false;
            }
            case NEEDS_EPOCHS -> {
                source.epochs(
                        chain.members().epoch(),
                        receiver(source, answers, closed -> new Answer.Epochs(source, head, closed)));
                yield true;
            }
        };
    }

    private static <T> LedgerSource.Receiver<T> receiver(
            LedgerSource source, BlockingQueue<Answer> answers, Function<T, Answer> answer) {
        return new LedgerSource.Receiver<>() {
            @Override
            public void received(T value) {
                answers.add(answer.apply(value));
            }

            @Override
            public void failed(SourceException why) {
                answers.add(new Answer.Nothing(source, why));
            }
        };
    }
}
