package io.sherd.archive.restore;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStatistics;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.learner.LedgerSink;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.restore.RestoreProgress.Stage;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.StateMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a replica's data directory anew, from the genesis and whichever other replicas answer, or data directories of theirs are there
 * (docs/DESIGN.md, "Restore"):
 *
 * <ol>
 *   <li>the chain of epochs and the newest certificate, from all sources, each checked against the one before;
 *   <li>the certified state, in parts from several sources, each checked against its root; where no source has it and directories are
 *       among them, it is made from the ledger instead, while the segments come in ({@link ReplayingSink});
 *   <li>the storage receipts that they hold: who has its own piece of what;
 *   <li>every segment, rebuilt from k pieces and checked against its commitment: its own piece is stored, with the pieces of
 *       those whose receipt is not known, and the full bytes of those after the state, which the node executes when it starts
 *       ({@link UndroppedEntries}).
 * </ol>
 *
 * <p>The directory gets a fresh name and is marked as one that must rejoin. Until everything is there it is also marked as
 * being restored ({@link RestoreMark}). Whenever it is interrupted, another run goes on with what is in the stores. No
 * directory but one that was never used, or is being restored, is ever written to.
 */
public final class Restorer {

    private static final Logger LOG = LoggerFactory.getLogger(Restorer.class);
    private static final Duration RECEIPT_PATIENCE = Duration.ofSeconds(10);

    private final Settings settings;
    private final Consumer<RestoreProgress> listener;
    private final CountedSources sources;
    private final StoreOwner owner;
    private final long startNanos = System.nanoTime();

    private volatile boolean stopping;
    private volatile @Nullable LearnerDriver learner;
    private Stage stage = Stage.CERTIFICATES;
    private long stateParts;
    private long segments;
    private long targetSegments;

    /**
     * What is restored, where to, and from whom.
     *
     * @param genesis the cluster
     * @param replica the replica's number
     * @param directory its data directory: absent, empty, never used, or being restored
     * @param sources everybody who may be asked; the replica itself is asked only whether it is alive
     * @param replays whether the state is made from the ledger even if a source serves it
     * @param machine executes the ledger where no source has the state; without one that is an error
     * @param verifier decides about signatures
     * @param more makes what a data directory holds besides archive and state
     * @param stallLimit how long something may be missing before that is an error
     */
    public record Settings(
            Genesis genesis,
            int replica,
            Path directory,
            RestoreSources sources,
            boolean replays,
            Optional<StateMachine> machine,
            SignatureVerifier verifier,
            DataDirectory.Content more,
            Duration stallLimit) {

        /** Checks the replica's number. */
        public Settings {
            if (!genesis.quorums().isReplica(replica)) {
                throw new IllegalArgumentException("the genesis has no replica " + replica);
            }
            if (replays && machine.isEmpty()) {
                throw new IllegalArgumentException("a replay needs the state machine");
            }
        }

        /** A patience, or the stall limit if that is shorter. */
        Duration atMostStallLimit(Duration patience) {
            return patience.compareTo(stallLimit) < 0 ? patience : stallLimit;
        }
    }

    /**
     * A restore that was not started yet.
     *
     * @param settings what is restored, where to, and from whom
     * @param listener told of every step, on the restore's threads; must not block
     */
    public Restorer(Settings settings, Consumer<RestoreProgress> listener) {
        this.settings = settings;
        this.listener = listener;
        this.sources = new CountedSources(settings.sources().of(settings.genesis(), settings.replica()));
        this.owner = new StoreOwner(settings.genesis().clusterId(), settings.replica());
    }

    /**
     * Restores, or goes on with a restore that was interrupted.
     *
     * @return what was achieved; the directory is complete
     * @throws RestoreRefusedException if the replica is alive, or the directory is in use for it
     * @throws StoreException if a disk refuses, or the directory is another's
     * @throws ShortageException if pieces or commitments have been missing for longer than the limit
     * @throws StateUnavailableException if no certificate or no state could be had for longer than the limit
     * @throws ContradictionException if n - f replicas signed what cannot be
     * @throws InterruptedException if {@link #stop} was called, or the thread was interrupted; another run goes on. An
     *     interrupt in the middle of a write may also come back as a StoreException, since it closes the file
     */
    public RestoreVerdict run()
            throws RestoreRefusedException, StoreException, ShortageException, StateUnavailableException,
                    ContradictionException, InterruptedException {
        requireRestorable(settings.directory(), owner);
        SourceSearch search = new SourceSearch(settings.genesis(), settings.verifier(), settings.stallLimit());
        search.refuseIfAlive(settings.replica(), settings.sources().live());
        try (ConnectedSources connected = new ConnectedSources(sources)) {
            connected.follow(settings.genesis().members());
            CertificateChain chain = new CertificateChain(settings.genesis(), settings.verifier());
            var _ = search.findNewest(chain, connected, () -> {
                endIfStopping();
                targetSegments = chain.newest()
                        .map(certificate -> certificate.statement().segmentCount())
                        .orElse(0L);
                report();
            });
            Member member = chain.members().member(settings.replica());
            try (DataDirectory directory =
                    RestoreDirectory.open(settings.directory(), owner, member, settings.more())) {
                return restore(directory, chain, connected);
            }
        }
    }

    /**
     * Refuses what the disk alone shows to be no place for a restore; {@link #run} begins with it. Nobody is asked, nothing is
     * changed.
     *
     * @param directory the data directory
     * @param owner whose it must be
     * @throws RestoreRefusedException if the directory has signed
     * @throws StoreException if it is another's, in use, or cannot be read
     */
    public static void requireRestorable(Path directory, StoreOwner owner)
            throws StoreException, RestoreRefusedException {
        RestoreDirectory.requireRestorable(directory, owner);
    }

    /** Makes {@link #run} end soon with an InterruptedException, from any thread. */
    public void stop() {
        stopping = true;
        LearnerDriver running = learner;
        if (running != null) {
            running.stop();
        }
    }

    private void endIfStopping() throws InterruptedException {
        if (stopping) {
            throw new InterruptedException("the restore was stopped; another run goes on");
        }
    }

    private RestoreVerdict restore(DataDirectory directory, CertificateChain chain, ConnectedSources connected)
            throws StoreException, ShortageException, StateUnavailableException, ContradictionException,
                    InterruptedException {
        enter(Stage.STATE);
        try (RocksStateStore states = RocksStateStore.open(directory.layout().state(), owner);
                RocksPieceStore archive =
                        RocksPieceStore.open(directory.layout().archive(), owner)) {
            boolean replays = chain.newest().isPresent() && !fetchState(states, chain, connected);
            return restoreSegments(directory, chain, states, archive, replays, connected);
        }
    }

    /** Returns whether the certified state is there; if not, the ledger is to be executed again. */
    private boolean fetchState(RocksStateStore states, CertificateChain chain, ConnectedSources connected)
            throws StoreException, StateUnavailableException, InterruptedException {
        if (!settings.replays()) {
            boolean mayChange = settings.sources().asksLive();
            try {
                StateFetcher fetcher =
                        new StateFetcher(states, chain, connected.all(), settings.stallLimit(), mayChange, parts -> {
                            stateParts = parts;
                            report();
                            endIfStopping();
                        });
                StateCheckpoint _ = fetcher.fetch();
                return true;
            } catch (StateUnavailableException e) {
                if (settings.machine().isEmpty()) {
                    throw e;
                }
                LOG.info("the state is made from the ledger: {}", e.getMessage());
            }
        }
        // Parts of a state that nobody has whole are of no use to a replay.
        states.abandonImport();
        return false;
    }

    private RestoreVerdict restoreSegments(
            DataDirectory directory,
            CertificateChain chain,
            RocksStateStore states,
            RocksPieceStore archive,
            boolean replays,
            ConnectedSources connected)
            throws StoreException, ShortageException, ContradictionException, InterruptedException {
        enter(Stage.SEGMENTS);
        segments = archive.commitmentCount();
        ReceiptSearch receipts = new ReceiptSearch(settings.genesis(), settings.verifier(), chain);
        receipts.ask(connected.all(), settings.atMostStallLimit(RECEIPT_PATIENCE));
        ArchiveSink sink = new ArchiveSink(
                settings.genesis(),
                archive,
                () -> states.latest().sequence(),
                chain,
                receipts.owedBy(settings.replica()));
        LearnerStatistics learned = learn(
                sink,
                replays
                        ? new ReplayingSink(
                                settings.genesis(),
                                sink,
                                archive,
                                states,
                                settings.machine().orElseThrow(),
                                settings.verifier())
                        : sink);
        enter(Stage.FINISHING);
        if (sink.target().isPresent()) {
            requireCertified(states.latest(), sink.target().get().statement(), replays);
            archive.putCertificate(sink.target().get());
        }
        receipts.store(archive);
        archive.flushAndCompact();
        RestoreMark.remove(directory.layout());
        return new RestoreVerdict(
                settings.replica(),
                directory.identity().directoryId(),
                RestoreDirectory.replacedIncarnation(directory.identity()),
                sink.target().map(CheckpointCertificate::statement),
                states.latest(),
                replays,
                archive.commitmentCount(),
                archive.undroppedSegments().size(),
                sink.hints(),
                sources.bytesReceived(),
                learned.ignored(),
                elapsed());
    }

    /** The state is the one that the newest certificate binds, or was fetched under a newer one, whose segments come last. */
    private static void requireCertified(StateCheckpoint state, CheckpointStatement newest, boolean replayed)
            throws ContradictionException {
        StateCheckpoint certified = new StateCheckpoint(newest.stateSequence(), newest.stateRoot());
        boolean comparable = replayed || state.sequence() == certified.sequence();
        if (comparable && !state.equals(certified)) {
            throw new ContradictionException("the state of position %d has root %s, certified is %s of position %d"
                    .formatted(
                            state.sequence(),
                            state.root().shortHex(),
                            certified.root().shortHex(),
                            certified.sequence()));
        }
    }

    private LearnerStatistics learn(ArchiveSink sink, LedgerSink taking)
            throws StoreException, ShortageException, ContradictionException, InterruptedException {
        LearnerDriver.Settings learning = LearnerDriver.Settings.of(
                LearnerConfig.of(settings.genesis()), new LearnerStop.CaughtUp(), Optional.of(settings.stallLimit()));
        LearnerDriver driver = new LearnerDriver(learning, settings.verifier(), sources, taking, effect -> {
            sink.observe(effect);
            note(effect);
        });
        learner = driver;
        endIfStopping();
        LearnerStatistics learned = ArchiveLearning.run(driver);
        endIfStopping();
        return learned;
    }

    private void note(LearnerEffect effect) {
        switch (effect) {
            case LearnerEffect.Deliver delivery -> {
                segments = delivery.after().nextSegment();
                report();
            }
            case LearnerEffect.Target target ->
                targetSegments = target.certificate().statement().segmentCount();
            case LearnerEffect.EpochPassed _,
                    LearnerEffect.Ignored _,
                    LearnerEffect.Stalled _,
                    LearnerEffect.Contradiction _,
                    LearnerEffect.Fetch _ -> {}
        }
    }

    private void enter(Stage next) {
        stage = next;
        report();
    }

    private void report() {
        listener.accept(new RestoreProgress(
                stage, stateParts, segments, targetSegments, sources.totalBytesReceived(), elapsed()));
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }
}
