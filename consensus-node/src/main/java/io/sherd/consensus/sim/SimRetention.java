package io.sherd.consensus.sim;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.retention.Holding;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * What one simulated disk keeps of each sealed segment, driven through the retention rule one small step at a time, so that a crash
 * may come between any two of them. Entries for replicas that lag are kept apart, as the vote log keeps them: here a segment whose full bytes
 * were dropped is gone but for its pieces.
 */
final class SimRetention {

    private final int self;
    private final int replicaCount;
    private final List<Commitment> commitments = new ArrayList<>();
    private final List<Holding> holdings = new ArrayList<>();
    private final List<SegmentSet> heard = new ArrayList<>();
    private long stableSegments;

    SimRetention(int self, int replicaCount) {
        this.self = self;
        this.replicaCount = replicaCount;
        for (int replica = 0; replica < replicaCount; replica++) {
            heard.add(new SegmentSet());
        }
    }

    /** A replica's word that it has its own pieces of all segments from the first one on. */
    record Receipt(int replica, long epoch, long segmentCount) {}

    /** A segment was sealed: its own piece is durable. One that is known was only folded again. */
    void sealed(Commitment commitment) {
        if (commitment.context().segmentNumber() < commitments.size()) {
            return;
        }
        commitments.add(commitment);
        holdings.add(Holding.sealed(self, replicaCount, ReplicaSet.NONE));
    }

    /** A checkpoint is stable: its signers have their pieces of the segment that it closes. */
    void certified(CheckpointCertificate certificate) {
        long count = certificate.statement().segmentCount();
        stableSegments = Math.max(stableSegments, count);
        certificate.signatures().keySet().forEach(signer -> heard.get(signer).add(count - 1, count));
    }

    /** A receipt comes; one from before its signer joined again is refused. */
    void hears(Receipt receipt, MemberTable members) {
        if (receipt.epoch() >= members.member(receipt.replica()).incarnation()) {
            heard.get(receipt.replica()).add(0, receipt.segmentCount());
        }
    }

    /** What this replica may say of itself: it has sealed all its segments itself, or was restored with their pieces. */
    Receipt receipt(long epoch) {
        return new Receipt(self, epoch, holdings.size());
    }

    /** What is kept of a segment; of one that is not known here, nothing. */
    Holding holding(int segment) {
        return segment < holdings.size()
                ? holdings.get(segment)
                : Holding.commitmentOnly(self, replicaCount, ReplicaSet.NONE);
    }

    int segmentCount() {
        return holdings.size();
    }

    /**
     * Takes one step with some segment: makes a hint, drops full bytes, or deletes a hint.
     *
     * @param members the member table of now
     * @param random chooses the segment
     * @param bent what a test makes of a holding before the rule is asked; as it is, otherwise
     * @return the segment of which less is kept now; -1 if there is none
     */
    int step(MemberTable members, SplittableRandom random, UnaryOperator<Holding> bent) {
        if (holdings.isEmpty()) {
            return -1;
        }
        // Mostly one of the last: the older ones are dropped.
        int back = random.nextInt(random.nextInt(4) == 0 ? holdings.size() : Math.min(holdings.size(), 4));
        int segment = holdings.size() - 1 - back;
        Holding now = bent.apply(known(segment, members));
        if (!now.hintsToDelete().isEmpty()) {
            holdings.set(segment, now.deletedHint(now.hintsToDelete().toList().getFirst()));
            return segment;
        }
        if (now.stable() && !now.hintsOwed().isEmpty()) {
            holdings.set(segment, now.madeHint(now.hintsOwed().toList().getFirst()));
            return -1;
        }
        if (now.mayDrop()) {
            holdings.set(segment, now.dropped());
            return segment;
        }
        holdings.set(segment, now);
        return -1;
    }

    /**
     * This replica was restored: it has decoded every segment, keeps what rule 4 asks for, and nothing whole.
     *
     * @param members the member table of its source
     * @param source shows the receipts that it has heard
     * @param bent as for {@link #step}
     */
    void restored(MemberTable members, SimRetention source, UnaryOperator<Holding> bent) {
        for (int replica = 0; replica < replicaCount; replica++) {
            for (SegmentSet.Range range : source.heard.get(replica).ranges()) {
                heard.get(replica).add(range.first(), range.end());
            }
        }
        stableSegments = Math.max(stableSegments, source.stableSegments);
        for (int segment = 0; segment < holdings.size(); segment++) {
            Holding now = bent.apply(known(segment, members));
            if (now.stable()) {
                for (int owner : now.hintsOwed().toList()) {
                    now = now.madeHint(owner);
                }
                now = now.dropped();
            }
            holdings.set(segment, now);
        }
    }

    SimRetention copy() {
        SimRetention copy = new SimRetention(self, replicaCount);
        copy.commitments.addAll(commitments);
        copy.holdings.addAll(holdings);
        copy.stableSegments = stableSegments;
        for (int replica = 0; replica < replicaCount; replica++) {
            for (SegmentSet.Range range : heard.get(replica).ranges()) {
                copy.heard.get(replica).add(range.first(), range.end());
            }
        }
        return copy;
    }

    /** A segment's holding with everything that was heard and decided since it was last looked at. */
    private Holding known(int segment, MemberTable members) {
        Holding now = holdings.get(segment);
        if (segment < stableSegments) {
            now = now.becameStable();
        }
        long epoch = commitments.get(segment).context().epoch();
        for (int replica = 0; replica < replicaCount; replica++) {
            if (replica == self) {
                continue;
            }
            if (members.member(replica).incarnation() > epoch && !now.exempt().contains(replica)) {
                now = now.joinedAgain(replica);
            }
            if (heard.get(replica).contains(segment)) {
                now = now.received(replica);
            }
        }
        return now;
    }
}
