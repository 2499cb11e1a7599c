package io.sherd.consensus.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.Recovered.Sealing;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteLogTest {

    private static final int SELF = 2;

    private final TestCluster cluster = new TestCluster(4);
    private final Genesis genesis = cluster.genesis();

    @TempDir
    private Path temporary;

    private Path path;
    private VoteLog log;

    @BeforeEach
    void createAndOpen() throws Exception {
        path = temporary.resolve("votes");
        VoteLog.create(path, genesis, SELF, TestCluster.directory(SELF));
        log = open();
    }

    @AfterEach
    void close() throws Exception {
        log.close();
    }

    @Test
    void aNewLogStartsAFoundingReplica() throws Exception {
        assertThat(log.recover(start(0)))
                .isEqualTo(Recovered.founding(genesis.members(), TestCluster.directory(SELF), true));
    }

    @Test
    void votesAboveTheStableCheckpointComeBackExecutedOrNot() throws Exception {
        Votes below = votes(0, 0, 128);
        Votes executed = votes(0, 0, 129);
        Votes open = votes(0, 0, 130);
        append(below.all());
        append(executed.all());
        append(open.all());
        append(new VoteRecord.StableCheckpoint(cluster.certificate(cluster.statement(0, 128, Optional.empty()))));
        reopen();
        Recovered recovered = log.recover(start(129));
        assertThat(recovered.proposals()).containsExactly(executed.proposal.proposal(), open.proposal.proposal());
        assertThat(recovered.prepares()).containsExactly(executed.prepare.prepare(), open.prepare.prepare());
        assertThat(recovered.commits()).containsExactly(executed.commit, open.commit);
        assertThat(recovered.decided()).containsExactly(open.decided.entry());
        assertThat(recovered.stable()).contains(cluster.certificate(cluster.statement(0, 128, Optional.empty())));
        assertThat(recovered.executed()).isEqualTo(129);
    }

    @Test
    void proposalsOfOnePositionInSeveralViewsAllComeBack() throws Exception {
        Votes first = votes(0, 0, 5);
        Votes again = votes(0, 3, 5);
        append(first.proposal, new VoteRecord.InView(0, 3, true), again.proposal);
        reopen();
        assertThat(log.recover(start(0)).proposals())
                .containsExactly(first.proposal.proposal(), again.proposal.proposal());
    }

    @Test
    void theNullBatchComesBackAndIsAlwaysKnown() throws Exception {
        append(new VoteRecord.Proposal(cluster.prePrepare(0, 1, 3, Batch.NULL)));
        reopen();
        assertThat(log.recover(start(0)).proposals()).containsExactly(cluster.prePrepare(0, 1, 3, Batch.NULL));
        assertThat(log.batch(Batch.NULL.digest())).contains(Batch.NULL);
    }

    @Test
    void decidedEntriesAreHandedOverWithoutAGapUpToTheLimits() throws Exception {
        List<DecidedEntry> entries = new ArrayList<>();
        for (long sequence = 1; sequence <= 9; sequence++) {
            if (sequence != 8) {
                DecidedEntry entry = cluster.decided(0, 0, sequence, cluster.batch(sequence));
                entries.add(entry);
                append(new VoteRecord.Decided(entry));
            }
        }
        int size = entries.getFirst().entry().batch().sizeBytes();
        assertThat(log.decided(1, 100, Integer.MAX_VALUE)).isEqualTo(entries.subList(0, 7));
        assertThat(log.decided(3, 2, Integer.MAX_VALUE)).isEqualTo(entries.subList(2, 4));
        assertThat(log.decided(1, 100, 2 * size)).isEqualTo(entries.subList(0, 2));
        assertThat(log.decided(1, 100, 2 * size + 1)).isEqualTo(entries.subList(0, 3));
        assertThat(log.decided(8, 100, Integer.MAX_VALUE)).isEmpty();
        assertThat(log.recover(start(0)).decided()).isEqualTo(entries.subList(0, 7));
    }

    @Test
    void aBatchIsFoundByItsDigestUntilItsLastPositionIsTruncated() throws Exception {
        Batch batch = cluster.batch(1);
        append(
                new VoteRecord.Proposal(cluster.prePrepare(0, 0, 9, batch)),
                new VoteRecord.Proposal(cluster.prePrepare(0, 0, 5, batch)));
        assertThat(log.batch(batch.digest())).contains(batch);
        log.truncateBelow(6);
        assertThat(log.batch(batch.digest())).contains(batch);
        reopen();
        assertThat(log.batch(batch.digest())).contains(batch);
        log.truncateBelow(10);
        assertThat(log.batch(batch.digest())).isEmpty();
        assertThat(log.batch(TestCluster.hash("never seen"))).isEmpty();
    }

    @Test
    void whatIsTruncatedIsGoneAndTheRestStays() throws Exception {
        for (long sequence = 1; sequence <= 10; sequence++) {
            append(votes(0, 0, sequence).all());
        }
        log.truncateBelow(8);
        log.truncateBelow(3);
        reopen();
        Recovered recovered = log.recover(start(0));
        assertThat(recovered.proposals()).extracting(p -> p.ballot().sequence()).containsExactly(8L, 9L, 10L);
        assertThat(recovered.decided()).isEmpty();
        assertThat(log.decided(8, 10, Integer.MAX_VALUE)).hasSize(3);
        assertThat(log.decided(7, 10, Integer.MAX_VALUE)).isEmpty();
    }

    @Test
    void anUnfinishedViewChangeComesBack() throws Exception {
        var change = cluster.viewChange(0, 2, Optional.empty(), List.of(), SELF);
        append(new VoteRecord.InView(0, 2, false), new VoteRecord.OwnViewChange(change));
        reopen();
        Recovered recovered = log.recover(start(0));
        assertThat(recovered.view()).isEqualTo(2);
        assertThat(recovered.viewActive()).isFalse();
        assertThat(recovered.viewChange()).contains(change);
        assertThat(recovered.newView()).isEmpty();
    }

    @Test
    void aViewThatWasEnteredComesBackWithItsNewView() throws Exception {
        var change = cluster.viewChange(0, 2, Optional.empty(), List.of(), SELF);
        var newView = cluster.newView(0, 2, List.of(change), new TreeMap<>());
        append(new VoteRecord.InView(0, 2, false), new VoteRecord.OwnViewChange(change));
        append(new VoteRecord.AcceptedNewView(newView), new VoteRecord.InView(0, 2, true));
        reopen();
        Recovered recovered = log.recover(start(0));
        assertThat(recovered.view()).isEqualTo(2);
        assertThat(recovered.viewActive()).isTrue();
        assertThat(recovered.viewChange()).isEmpty();
        assertThat(recovered.newView()).contains(newView);
    }

    @Test
    void theNewestCertificateCounts() throws Exception {
        var older = cluster.certificate(cluster.statement(0, 128, Optional.empty()));
        var newer = cluster.certificate(cluster.statement(0, 256, Optional.empty()));
        append(new VoteRecord.StableCheckpoint(newer));
        append(new VoteRecord.StableCheckpoint(older));
        reopen();
        assertThat(log.recover(start(0)).stable()).contains(newer);
        var newest = cluster.certificate(cluster.statement(0, 384, Optional.empty()));
        StartingPoint ofArchive =
                new StartingPoint(genesis.members(), List.of(), Optional.of(newest), 0, false, Sealing.NONE);
        assertThat(log.recover(ofArchive).stable()).contains(newest);
    }

    @Test
    void votesOfAnEndedEpochDoNotComeBack() throws Exception {
        Request.Rejoin rejoin = cluster.rejoin(3, 0, 9);
        ClosedEpoch closed = cluster.closedEpoch(genesis.members(), 5, rejoin);
        append(votes(0, 4, 6).proposal, new VoteRecord.InView(0, 4, true));
        Votes next = votes(1, 0, 6);
        append(new VoteRecord.Closed(closed));
        append(next.proposal, next.prepare);
        reopen();
        Recovered recovered = log.recover(start(closed.next(), 5));
        assertThat(recovered.view()).isZero();
        assertThat(recovered.viewActive()).isTrue();
        assertThat(recovered.proposals()).containsExactly(next.proposal.proposal());
        assertThat(recovered.prepares()).containsExactly(next.prepare.prepare());
        assertThat(log.closedEpochs()).containsExactly(closed);
    }

    @Test
    void whatAnEndedEpochDecidedBehindItsClosingIsVoid() throws Exception {
        Request.Rejoin rejoin = cluster.rejoin(3, 0, 9);
        ClosedEpoch closed = cluster.closedEpoch(genesis.members(), 2, rejoin);
        Batch last = Batch.of(List.of(rejoin));
        DecidedEntry one = cluster.decided(0, 0, 1, cluster.batch(1));
        DecidedEntry closing = cluster.decided(0, 0, 2, last);
        DecidedEntry voided = cluster.decided(0, 0, 3, cluster.batch(3));
        append(new VoteRecord.Decided(one), new VoteRecord.Decided(closing), new VoteRecord.Decided(voided));
        assertThat(log.recover(start(0)).decided())
                .as("the closing is not known yet: execution stops there")
                .containsExactly(one, closing);
        append(new VoteRecord.Closed(closed));
        assertThat(log.recover(start(closed.next(), 0)).decided()).containsExactly(one, closing);
        DecidedEntry inNextEpoch = cluster.decided(1, 0, 3, cluster.batch(33));
        append(new VoteRecord.Decided(inNextEpoch));
        assertThat(log.recover(start(closed.next(), 0)).decided()).containsExactly(one, closing, inNextEpoch);
    }

    @Test
    void nothingIsToBeExecutedBehindAnEntryThatEndedTheEpoch() throws Exception {
        append(new VoteRecord.Decided(cluster.decided(0, 0, 2, cluster.batch(2))));
        StartingPoint ended = new StartingPoint(genesis.members(), List.of(), Optional.empty(), 1, true, Sealing.NONE);
        Recovered recovered = log.recover(ended);
        assertThat(recovered.epochEnded()).isTrue();
        assertThat(recovered.decided()).isEmpty();
    }

    @Test
    void aStartInAnEpochBeforeThatOfTheLogIsRefused() throws Exception {
        ClosedEpoch closed = cluster.closedEpoch(genesis.members(), 5, cluster.rejoin(3, 0, 9));
        append(new VoteRecord.Closed(closed));
        assertThatThrownBy(() -> log.recover(start(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("epoch 1");
    }

    @Test
    void theOwnRejoinComesBackUntilItIsOrdered() throws Exception {
        MemberTable other = genesis.members();
        Request.Rejoin own =
                Request.Rejoin.sign(cluster.domain(), cluster.signer(SELF), SELF, 0, TestCluster.directory(7));
        Path fresh = temporary.resolve("fresh");
        VoteLog.create(fresh, genesis, SELF, TestCluster.directory(7));
        try (VoteLog restored = VoteLog.open(fresh, genesis, SELF, TestCluster.directory(7))) {
            restored.append(List.of(new VoteRecord.OwnRejoin(own)), true);
            assertThat(restored.recover(start(other, 0)).rejoin()).contains(own);
            MemberTable joined = other.after(Batch.of(List.of(own)));
            assertThat(restored.recover(start(joined, 0)).rejoin()).isEmpty();
        }
    }

    @Test
    void aSecondAndDifferentVoteForOnePlaceStopsTheProcess() throws Exception {
        Ballot ballot = cluster.ballot(0, 0, 4, cluster.batch(1));
        Ballot other = cluster.ballot(0, 0, 4, cluster.batch(2));
        append(new VoteRecord.OwnPrepare(cluster.prepare(ballot, SELF)));
        append(new VoteRecord.OwnPrepare(cluster.prepare(ballot, SELF)));
        reopen();
        assertThatThrownBy(() -> append(new VoteRecord.OwnPrepare(cluster.prepare(other, SELF))))
                .isInstanceOf(Invariant.Violation.class)
                .hasMessageContaining("position 4");
    }

    @Test
    void aViewIsNeverLeftForAnEarlierOne() throws Exception {
        append(new VoteRecord.InView(0, 3, false));
        assertThatThrownBy(() -> append(new VoteRecord.InView(0, 2, true))).isInstanceOf(Invariant.Violation.class);
    }

    @Test
    void anotherReplicaClusterOrDirectoryIsRefused() throws Exception {
        log.close();
        assertThatThrownBy(() -> VoteLog.open(path, genesis, 1, TestCluster.directory(SELF)))
                .isInstanceOf(UnsafeDirectoryException.class);
        assertThatThrownBy(() -> VoteLog.open(path, new TestCluster(7).genesis(), SELF, TestCluster.directory(SELF)))
                .isInstanceOf(UnsafeDirectoryException.class);
        assertThatThrownBy(() -> VoteLog.open(path, genesis, SELF, TestCluster.directory(1)))
                .isInstanceOf(UnsafeDirectoryException.class)
                .hasMessageContaining(TestCluster.directory(1).toString());
        log = open();
    }

    @Test
    void aLogIsMadeOnceAndNeverByOpening() throws Exception {
        assertThatThrownBy(() -> VoteLog.create(path, genesis, SELF, TestCluster.directory(SELF)))
                .isInstanceOf(UnsafeDirectoryException.class);
        Path absent = temporary.resolve("absent");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> VoteLog.open(absent, genesis, SELF, TestCluster.directory(SELF)))
                    .isInstanceOf(StoreException.class);
        }
        assertThat(absent).doesNotExist();
    }

    private record Votes(
            VoteRecord.Proposal proposal,
            VoteRecord.OwnPrepare prepare,
            VoteRecord.OwnCommit commit,
            VoteRecord.Decided decided) {

        VoteRecord[] all() {
            return new VoteRecord[] {proposal, prepare, commit, decided};
        }
    }

    private Votes votes(long epoch, long view, long sequence) {
        Batch batch = cluster.batch(sequence);
        Ballot ballot = cluster.ballot(epoch, view, sequence, batch);
        return new Votes(
                new VoteRecord.Proposal(cluster.prePrepare(epoch, view, sequence, batch)),
                new VoteRecord.OwnPrepare(cluster.prepare(ballot, SELF)),
                new VoteRecord.OwnCommit(cluster.commit(ballot, SELF), cluster.proof(ballot)),
                new VoteRecord.Decided(cluster.decided(epoch, view, sequence, batch)));
    }

    private void append(VoteRecord... records) throws StoreException {
        log.append(List.of(records), true);
    }

    private StartingPoint start(long executed) {
        return start(genesis.members(), executed);
    }

    private static StartingPoint start(MemberTable members, long executed) {
        return new StartingPoint(members, List.of(), Optional.empty(), executed, false, Sealing.NONE);
    }

    private VoteLog open() throws StoreException {
        return VoteLog.open(path, genesis, SELF, TestCluster.directory(SELF));
    }

    private void reopen() throws StoreException {
        log.close();
        log = open();
    }
}
