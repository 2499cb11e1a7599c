package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.retention.SegmentSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks everybody for the storage receipts that they hold, so that a restored replica knows again who has its own piece of what,
 * and owes hints to the others only. Receipts are signed, so it does not matter who shows them; who hides one costs a hint.
 */
final class ReceiptSearch {

    private static final Logger LOG = LoggerFactory.getLogger(ReceiptSearch.class);
    private static final int COMMITMENTS_AT_ONCE = 1024;

    private final Genesis genesis;
    private final SignatureVerifier verifier;
    private final MemberTable members;
    private final Map<Long, MemberTable> tables = new HashMap<>();
    private final Set<StorageReceipt> found = new LinkedHashSet<>();

    /**
     * A search that has found nothing.
     *
     * @param genesis the cluster
     * @param verifier decides about signatures
     * @param chain the epochs that are proved
     */
    ReceiptSearch(Genesis genesis, SignatureVerifier verifier, CertificateChain chain) {
        this.genesis = genesis;
        this.verifier = verifier;
        this.members = chain.members();
        tables.put(genesis.members().epoch(), genesis.members());
        for (ClosedEpoch closed : chain.closedEpochs()) {
            tables.put(closed.next().epoch(), closed.next());
        }
    }

    /**
     * Asks these sources, all at once; one that does not answer is left out.
     *
     * @param patience how long to wait for them
     */
    void ask(List<LedgerSource> sources, Duration patience) throws InterruptedException {
        BlockingQueue<List<StorageReceipt>> answers = new LinkedBlockingQueue<>();
        for (LedgerSource source : sources) {
            source.receipts(receiver(source.replica(), answers));
        }
        long deadline = System.nanoTime() + patience.toNanos();
        for (int pending = sources.size(); pending > 0; pending--) {
            @Nullable List<StorageReceipt> shown = answers.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (shown == null) {
                LOG.info("{} replicas did not show their receipts in {} ms", pending, patience.toMillis());
                return;
            }
            shown.stream()
                    .limit(genesis.quorums().replicaCount())
                    .filter(this::isValid)
                    .forEach(found::add);
        }
    }

    private static LedgerSource.Receiver<List<StorageReceipt>> receiver(
            int replica, BlockingQueue<List<StorageReceipt>> answers) {
        return new LedgerSource.Receiver<>() {
            @Override
            public void received(List<StorageReceipt> receipts) {
                answers.add(receipts);
            }

            @Override
            public void failed(SourceException why) {
                LOG.info("replica {} shows no receipts: {}", replica, why.getMessage());
                answers.add(List.of());
            }
        };
    }

    /** How many segments a replica has signed that it has, as far as anybody shows; 0 if nobody does. */
    long promisedBy(int replica) {
        return found.stream()
                .filter(receipt -> receipt.replica() == replica)
                .mapToLong(StorageReceipt::segmentCount)
                .max()
                .orElse(0);
    }

    /** The hints that a replica owes which knows these receipts. */
    OwedHints owedBy(int replica) {
        SortedMap<Integer, SegmentSet> segments = new TreeMap<>();
        for (StorageReceipt receipt : found) {
            segments.computeIfAbsent(receipt.replica(), _ -> new SegmentSet())
                    .add(receipt.firstSegment(), receipt.segmentCount());
        }
        return new OwedHints(replica, genesis.quorums().replicaCount(), segments);
    }

    /** Stores the receipts that speak of the history of an archive, as far as it goes. */
    void store(PieceStore archive) throws StoreException {
        Map<Long, Digest> roots = historyRoots(archive);
        for (StorageReceipt receipt : found) {
            if (receipt.historyRoot().equals(roots.get(receipt.segmentCount()))) {
                archive.putReceipt(receipt);
            }
        }
    }

    /** The history roots that the receipts name, as the archive has them. */
    private Map<Long, Digest> historyRoots(PieceStore archive) throws StoreException {
        Set<Long> counts = new HashSet<>();
        found.forEach(receipt -> counts.add(receipt.segmentCount()));
        Map<Long, Digest> roots = new HashMap<>();
        MerkleAccumulator history = new MerkleAccumulator();
        while (roots.size() < counts.size() && history.size() < archive.commitmentCount()) {
            for (Commitment commitment : archive.commitments(history.size(), COMMITMENTS_AT_ONCE)) {
                history.append(commitment.leaf());
                if (counts.contains(history.size())) {
                    roots.put(history.size(), history.root());
                }
            }
        }
        return roots;
    }

    /** One that was signed before its signer joined again says nothing about what it has now. */
    private boolean isValid(StorageReceipt receipt) {
        MemberTable table = tables.get(receipt.epoch());
        return table != null
                && genesis.quorums().isReplica(receipt.replica())
                && receipt.epoch() >= members.member(receipt.replica()).incarnation()
                && receipt.isSignedFor(
                        genesis.signingDomain(),
                        verifier,
                        table.member(receipt.replica()).key());
    }
}
