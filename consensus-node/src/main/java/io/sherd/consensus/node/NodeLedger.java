package io.sherd.consensus.node;

import io.sherd.archive.restore.RestoreMark;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.ledger.EntryLog;
import io.sherd.consensus.ledger.ExecutedState;
import io.sherd.consensus.ledger.LedgerPipeline;
import io.sherd.consensus.ledger.Outcome;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Between driver, pipeline and clients: hands decided entries to the pipeline, and what comes out of it to the core and to
 * whoever waits for it. Thread-safe.
 */
final class NodeLedger implements LedgerSide, LedgerPipeline.Listener {

    private final int replica;
    private final NodeStores stores;
    private final MemberHistory members;
    private final SessionIndex sessions;
    private final Consumer<Throwable> fatal;
    private final Runnable leftBehind;
    private final Map<String, AtomicLong> refusedReceipts = new ConcurrentHashMap<>();
    private @Nullable LedgerPipeline pipeline;
    private volatile @Nullable ReplicaDriver driver;
    private volatile @Nullable ClientGateway gateway;

    /**
     * Nothing is connected yet.
     *
     * @param replica this replica
     * @param stores its directory
     * @param members the tables of all epochs
     * @param sessions what was executed for whom
     * @param fatal told when the process must end
     * @param leftBehind told when the core has fallen behind
     */
    NodeLedger(
            int replica,
            NodeStores stores,
            MemberHistory members,
            SessionIndex sessions,
            Consumer<Throwable> fatal,
            Runnable leftBehind) {
        this.replica = replica;
        this.stores = stores;
        this.members = members;
        this.sessions = sessions;
        this.fatal = fatal;
        this.leftBehind = leftBehind;
    }

    /** Opens the pipeline over the stores: folds again what they hold. */
    LedgerPipeline open(Genesis genesis, ExecutedState state, long logBytesLimit) throws StoreException {
        LedgerPipeline opened = LedgerPipeline.open(
                genesis,
                replica,
                state,
                stores.pieces(),
                new VotedEntries(stores),
                stores.stable(),
                logBytesLimit,
                this);
        pipeline = opened;
        return opened;
    }

    /** Connects the two sides; then the pipeline may be started. */
    void connect(ReplicaDriver core, ClientGateway clients) {
        driver = core;
        gateway = clients;
    }

    /** The vote log as the pipeline sees it. */
    private record VotedEntries(NodeStores stores) implements EntryLog {

        @Override
        public List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException {
            return stores.votes().decided(from, limit, limitBytes);
        }

        @Override
        public void truncateBelow(long sequence) throws StoreException {
            stores.votes().truncateBelow(sequence);
        }
    }

    @Override
    public void execute(LedgerEntry entry, long epoch) {
        pipeline().execute(entry, epoch);
    }

    @Override
    public void stable(CheckpointCertificate certificate) {
        pipeline().stable(certificate);
    }

    @Override
    public void fallenBehind(CheckpointCertificate certificate) {
        leftBehind.run();
    }

    @Override
    public void forgotten() throws StoreException {
        RestoreMark.put(stores.layout());
    }

    @Override
    public void epochOpened(ClosedEpoch closed) {
        members.opened(closed);
        // The votes have it already, durably: after a crash it is completed from there.
        var _ = pipeline().maintain((pieces, _, _) -> {
            if (closed.epoch() == pieces.closedEpochCount()) {
                pieces.putClosedEpoch(closed);
            }
            DirectoryIdentity identity = stores.identity();
            if (closed.next().member(replica).directory().equals(identity.directoryId())
                    && !(identity.standing() instanceof DirectoryIdentity.Standing.Member)) {
                stores.replaceIdentity(identity.member());
            }
        });
    }

    /** The votes know what closed while this directory voted, and before the archive does; the archive has them all. */
    @Override
    public Optional<ClosedEpoch> closing(long epoch) throws StoreException {
        for (ClosedEpoch closed : stores.votes().closedEpochs()) {
            if (closed.epoch() == epoch) {
                return Optional.of(closed);
            }
        }
        return stores.pieces().closedEpochs(epoch, 1).stream()
                .filter(closed -> closed.epoch() == epoch)
                .findFirst();
    }

    @Override
    public boolean isNew(Request.Operation operation) {
        return sessions.isNew(operation.client(), operation.id());
    }

    @Override
    public void receipt(int sender, StorageReceipt receipt) {
        if (!pipeline().receipt(receipt, members.current(), this::refusedReceipt)) {
            refusedReceipt("RECEIPT_QUEUE_FULL");
        }
    }

    @Override
    public void executed(LedgerEntry entry, List<Outcome> outcomes, Event.Executed event) {
        sessions.executed(entry.sequence(), outcomes);
        ReplicaDriver core = driver;
        if (core != null) {
            core.executed(event);
        }
        ClientGateway clients = gateway;
        if (clients != null && !outcomes.isEmpty()) {
            clients.executed(outcomes);
        }
    }

    @Override
    public void sealed(Event.CheckpointReady event) {
        ReplicaDriver core = driver;
        if (core != null) {
            core.sealed(event);
        }
    }

    @Override
    public void failed(Throwable cause) {
        fatal.accept(cause);
    }

    /** How many receipts were not taken, by reason. */
    Map<String, AtomicLong> refusedReceipts() {
        return refusedReceipts;
    }

    private void refusedReceipt(String reason) {
        refusedReceipts.computeIfAbsent(reason, _ -> new AtomicLong()).incrementAndGet();
    }

    private LedgerPipeline pipeline() {
        LedgerPipeline opened = pipeline;
        if (opened == null) {
            throw new IllegalStateException("the pipeline is not open");
        }
        return opened;
    }
}
