package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SimVotesTest {

    private static final Signature SIGNATURE = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));

    private final SimCluster cluster = new SimCluster(4);
    private final SimVotes votes = new SimVotes(cluster.members());

    @Test
    void theHighestViewInWhichAPositionWasPreparedIsTold() {
        commits(1, 22);
        commits(2, 22);
        commits(1, 28);

        assertThat(votes.preparedViews()).containsOnlyKeys(22L, 28L).containsEntry(22L, 2L);
    }

    @Test
    void whatWasPreparedAboveTheDecidedEndOfTheEpochIsVoid() {
        commits(1, 22);
        commits(1, 23);
        commits(1, 28);

        decides(23, Batch.of(List.of(cluster.rejoin(3, 0, 1))));

        assertThat(votes.preparedViews()).containsOnlyKeys(22L, 23L);
        assertThat(votes.copy().preparedViews()).containsOnlyKeys(22L, 23L);
    }

    @Test
    void aDecidedOperationEndsNothing() {
        commits(1, 28);

        decides(23, Batch.of(List.of(cluster.operation(0, 1, 10))));

        assertThat(votes.preparedViews()).containsOnlyKeys(28L);
    }

    private void commits(long view, long sequence) {
        Ballot ballot = new Ballot(0, view, sequence, Batch.NULL.digest());
        votes.persist(new VoteRecord.OwnCommit(
                new Message.Commit(ballot, 0, SIGNATURE), new PreparedProof(ballot, SIGNATURE, new TreeMap<>())));
    }

    private void decides(long sequence, Batch batch) {
        votes.persist(
                new VoteRecord.Decided(new DecidedEntry(new LedgerEntry(sequence, batch), 0, 0, new TreeMap<>())));
    }
}
