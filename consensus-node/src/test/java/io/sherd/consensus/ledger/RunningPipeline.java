package io.sherd.consensus.ledger;

import static org.awaitility.Awaitility.await;

import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.StateStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signature;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A pipeline of replica 0 over given stores, with everything that it said. */
final class RunningPipeline implements AutoCloseable, LedgerPipeline.Listener {

    final LedgerPipeline pipeline;
    private final MemberTable members;
    final List<Event.Executed> executed = new CopyOnWriteArrayList<>();
    final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    final List<Event.CheckpointReady> sealed = new CopyOnWriteArrayList<>();
    volatile @Nullable Throwable failure;

    RunningPipeline(
            SmallLedger ledger,
            StateStore state,
            PieceStore pieces,
            EntryLog log,
            Optional<CheckpointCertificate> stable,
            long logBytesLimit)
            throws StoreException {
        this(
                ledger,
                new ExecutedState(state, new KeyValueMachine(), ledger.genesis.limits()),
                pieces,
                log,
                stable,
                logBytesLimit);
    }

    RunningPipeline(
            SmallLedger ledger,
            ExecutedState state,
            PieceStore pieces,
            EntryLog log,
            Optional<CheckpointCertificate> stable,
            long logBytesLimit)
            throws StoreException {
        members = ledger.genesis.members();
        pipeline = LedgerPipeline.open(ledger.genesis, 0, state, pieces, log, stable, logBytesLimit, this);
        pipeline.start();
    }

    /** A certificate over a statement, signed by these replicas. */
    static CheckpointCertificate certificate(CheckpointStatement statement, int... replicas) {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int replica : replicas) {
            signatures.put(replica, SmallLedger.signer("key" + replica).sign(new byte[] {(byte) replica}));
        }
        return new CheckpointCertificate(statement, signatures);
    }

    /** Lets go what may go. */
    void sweep() {
        pipeline.sweep(members);
    }

    void execute(List<DecidedEntry> entries) {
        entries.forEach(decided -> pipeline.execute(decided.entry(), decided.epoch()));
    }

    void awaitExecuted(long sequence) {
        await().until(() ->
                failure != null || (!executed.isEmpty() && executed.getLast().sequence() == sequence));
    }

    void awaitSealed(long segments) {
        await().until(() -> failure != null || pipeline.segmentCount() >= segments);
    }

    /** Waits until everything handed to the sealing thread so far is done. */
    void awaitUpkeep() {
        var done = new java.util.concurrent.CountDownLatch(1);
        sweep();
        pipeline.maintain((_, _, _) -> done.countDown());
        await().until(() -> failure != null || done.getCount() == 0);
    }

    @Override
    public void executed(LedgerEntry entry, List<Outcome> results, Event.Executed event) {
        outcomes.addAll(results);
        executed.add(event);
    }

    @Override
    public void sealed(Event.CheckpointReady event) {
        sealed.add(event);
    }

    @Override
    public void failed(Throwable cause) {
        failure = cause;
    }

    @Override
    public void close() {
        pipeline.close();
    }
}
