package io.sherd.archive.restore;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.restore.RestoreProgress.Stage;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.ledger.SignatureVerifier;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings the state and the archive of a replica that its peers have left behind forward to what is certified now, in place. It is a
 * restore ({@link Restorer}) of a directory that keeps its name and its votes:
 *
 * <ol>
 *   <li>the chain of epochs, the newest certificate, and the storage receipts; if the replica itself has signed one for what is not here,
 *       nothing more is done;
 *   <li>the parts of the certified state that differ from the state that is here, each checked against its parent. They lie beside the
 *       state that is here, which stays the latest one;
 *   <li>the hints of what is still whole in the vote log only, since nobody will look there for them later;
 *   <li>every segment that is missing, rebuilt from k pieces: the own piece, the hints that are owed, and the full bytes of those
 *       after the new state, which the replica executes when it starts;
 *   <li>the certificate, and last the new state, by one write.
 * </ol>
 *
 * <p>Before that write the replica is the old one with an archive that knows more, after it the new one: so it may be killed at any
 * moment. An import that is under way in the state store says that this has to go on before anything else is executed. Nobody else
 * may use the stores meanwhile, but to read.
 */
public final class Advance {

    private static final Duration RECEIPT_PATIENCE = Duration.ofSeconds(5);

    private final Ground ground;
    private final Consumer<RestoreProgress> listener;
    private final CountedSources sources;
    private final long startNanos = System.nanoTime();

    private volatile boolean stopping;
    private volatile @Nullable LearnerDriver learner;
    private Stage stage = Stage.CERTIFICATES;
    private long stateParts;
    private long segments;
    private long targetSegments;

    /**
     * What is brought forward, and from whom.
     *
     * @param genesis the cluster
     * @param replica the replica's number
     * @param states its state
     * @param archive its archive
     * @param whole the segments that it holds whole, in its archive or in its votes
     * @param others everybody else
     * @param verifier decides about signatures
     * @param stallLimit how long something may be missing before {@link #run} gives up
     */
    public record Ground(
            Genesis genesis,
            int replica,
            RocksStateStore states,
            RocksPieceStore archive,
            FullBytes whole,
            SourceDirectory others,
            SignatureVerifier verifier,
            Duration stallLimit) {}

    /**
     * An advance that was not started yet.
     *
     * @param ground what is brought forward
     * @param listener told of every step, on the threads of the advance; must not block
     */
    public Advance(Ground ground, Consumer<RestoreProgress> listener) {
        this.ground = ground;
        this.listener = listener;
        this.sources = new CountedSources(ground.others());
        this.segments = ground.archive().commitmentCount();
    }

    /**
     * Brings the stores forward, or goes on with it. When this throws, another run goes on, and must: see {@link #isUnderWay}.
     *
     * @return the latest state
     * @throws StoreException if a disk refuses
     * @throws OlderCopyException if the replica has signed what these stores do not know: they are older copies, nothing was changed
     * @throws ShortageException if pieces or commitments have been missing for longer than the limit
     * @throws StateUnavailableException if no certificate or no state could be had for longer than the limit
     * @throws ContradictionException if n - f replicas signed what cannot be
     * @throws InterruptedException if {@link #stop} was called
     */
    public StateCheckpoint run()
            throws StoreException, ShortageException, StateUnavailableException, ContradictionException,
                    InterruptedException {
        try (ConnectedSources connected = new ConnectedSources(sources)) {
            CertificateChain chain = knownChain();
            connected.follow(chain.members());
            SourceSearch search = new SourceSearch(ground.genesis(), ground.verifier(), ground.stallLimit());
            var _ = search.findNewest(chain, connected, this::endIfStopping);
            if (chain.newest().isEmpty()) {
                return ground.states().latest();
            }
            ReceiptSearch receipts = new ReceiptSearch(ground.genesis(), ground.verifier(), chain);
            receipts.ask(connected.all(), RECEIPT_PATIENCE);
            requireRemembered(receipts);
            targetSegments = chain.newest().get().statement().segmentCount();
            enter(Stage.STATE);
            Optional<StateFetch> state = new StateFetcher(
                            ground.states(), chain, connected.all(), ground.stallLimit(), true, parts -> {
                                stateParts = parts;
                                report();
                                endIfStopping();
                            })
                    .fetchParts();
            learnSegments(
                    chain,
                    receipts,
                    state.map(StateFetch::target).orElse(ground.states().latest()));
            if (state.isPresent()) {
                requireSegmentsBehind(state.get().target());
            }
            enter(Stage.FINISHING);
            return state.isPresent() ? state.get().finish() : ground.states().latest();
        }
    }

    /**
     * Whether an advance was begun on a state and not finished: until it is, no entry can be executed on that.
     *
     * @param states the state
     * @return whether one must be run
     */
    public static boolean isUnderWay(RocksStateStore states) {
        return states.importing().isPresent();
    }

    /** Makes {@link #run} end soon with an InterruptedException, from any thread. */
    public void stop() {
        stopping = true;
        LearnerDriver running = learner;
        if (running != null) {
            running.stop();
        }
    }

    /** The chain as far as the archive has it; the rest comes from others. */
    private CertificateChain knownChain() throws StoreException {
        CertificateChain chain = new CertificateChain(ground.genesis(), ground.verifier());
        try {
            boolean _ = chain.extend(ground.archive().closedEpochs(0, Integer.MAX_VALUE));
        } catch (InvalidCertificateException e) {
            throw new StoreException("a closing in the archive proves nothing: " + e.getMessage(), e);
        }
        return chain;
    }

    /**
     * A receipt is signed when what it speaks of is durable: a directory that has less of it is an older copy of itself. So it has forgotten
     * what it voted for since, and must not go on.
     */
    private void requireRemembered(ReceiptSearch receipts) throws OlderCopyException {
        long promised = receipts.promisedBy(ground.replica());
        long here = ground.archive().commitmentCount();
        if (promised > here) {
            throw new OlderCopyException(
                    "replica %d has signed that it has %d segments, this directory has %d: it is an older copy, and has forgotten what it voted for"
                            .formatted(ground.replica(), promised, here));
        }
    }

    private void learnSegments(CertificateChain chain, ReceiptSearch receipts, StateCheckpoint state)
            throws StoreException, ShortageException, ContradictionException, InterruptedException {
        ArchiveSink sink = new ArchiveSink(
                ground.genesis(), ground.archive(), state::sequence, chain, receipts.owedBy(ground.replica()));
        sink.keepHintsOf(ground.whole());
        enter(Stage.SEGMENTS);
        LearnerDriver driver = new LearnerDriver(
                LearnerDriver.Settings.of(
                        LearnerConfig.of(ground.genesis()),
                        new LearnerStop.CaughtUp(),
                        Optional.of(ground.stallLimit())),
                ground.verifier(),
                sources,
                sink,
                effect -> {
                    sink.observe(effect);
                    note(effect);
                });
        learner = driver;
        endIfStopping();
        var _ = ArchiveLearning.run(driver);
        endIfStopping();
        Optional<CheckpointCertificate> target = sink.target();
        if (target.isPresent()) {
            ground.archive().putCertificate(target.get());
        }
        receipts.store(ground.archive());
        // The new state may be found after a crash only where the certificate is, too.
        ground.archive().flushAndCompact();
    }

    /** The certificate that binds a state closes a later segment; all that answer now may be behind that. */
    private void requireSegmentsBehind(StateCheckpoint state) throws StoreException, StateUnavailableException {
        long count = ground.archive().commitmentCount();
        long end = count == 0
                ? 0
                : ground.archive().commitment(count - 1).orElseThrow().context().lastSequence();
        if (end <= state.sequence()) {
            throw new StateUnavailableException(
                    "the segments behind the state of position %d cannot be had, only those up to %d"
                            .formatted(state.sequence(), end),
                    new TreeMap<>());
        }
    }

    private void note(LearnerEffect effect) {
        if (effect instanceof LearnerEffect.Deliver delivery) {
            segments = delivery.after().nextSegment();
            report();
        } else if (effect instanceof LearnerEffect.Target target) {
            targetSegments = target.certificate().statement().segmentCount();
        }
    }

    private void endIfStopping() throws InterruptedException {
        if (stopping) {
            throw new InterruptedException("the advance was stopped; another run goes on");
        }
    }

    private void enter(Stage next) {
        stage = next;
        report();
    }

    private void report() {
        listener.accept(new RestoreProgress(
                stage,
                stateParts,
                segments,
                targetSegments,
                sources.totalBytesReceived(),
                Duration.ofNanos(System.nanoTime() - startNanos)));
    }
}
