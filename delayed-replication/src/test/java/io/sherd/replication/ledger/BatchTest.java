package io.sherd.replication.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.MerkleHasher;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BatchTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final Request one = operation(1);
    private final Request two = operation(2);
    private final Request seal = Request.Seal.at(4);
    private final Request rejoin =
            Request.Rejoin.sign(cluster.domain(), cluster.replicas().get(1), 1, 0, TestCluster.directory(1));

    private Request operation(int id) {
        return Request.Operation.sign(cluster.domain(), cluster.client(), id, Bytes.wrap(new byte[] {(byte) id}));
    }

    @Test
    void theKindFollowsFromTheRequests() {
        assertThat(Batch.of(List.of())).isSameAs(Batch.NULL);
        assertThat(Batch.NULL.kind()).isEqualTo(Batch.Kind.NULL);
        assertThat(Batch.of(List.of(one, two)).kind()).isEqualTo(Batch.Kind.OPERATIONS);
        assertThat(Batch.of(List.of(seal)).kind()).isEqualTo(Batch.Kind.SEAL);
        assertThat(Batch.of(List.of(rejoin, rejoin)).kind()).isEqualTo(Batch.Kind.EPOCH);
    }

    @Test
    void theDigestIsTheRootOverTheRequestsAsTheyCame() {
        assertThat(Batch.of(List.of(one, two)).digest()).isEqualTo(MerkleHasher.node(one.digest(), two.digest()));
        assertThat(Batch.of(List.of(one)).digest()).isEqualTo(one.digest());
        assertThat(Batch.NULL.digest()).isEqualTo(MerkleHasher.emptyRoot());
        assertThat(Batch.of(List.of(one, two)).tree().root())
                .isEqualTo(MerkleTree.of(List.of(one.digest(), two.digest())).root());
        assertThat(Batch.of(List.of(two, one)).digest())
                .isNotEqualTo(Batch.of(List.of(one, two)).digest());
    }

    @Test
    void aBatchIsReadAgainAndLeavesTheReaderBehindIt() throws WireFormatException {
        Batch batch = Batch.of(List.of(one, two));
        ByteReader reader =
                new ByteReader(new ByteWriter().raw(batch.encoded()).u8(0xee).toBytes());

        assertThat(Batch.decode(reader, batch.sizeBytes()))
                .isEqualTo(batch)
                .hasSameHashCodeAs(batch)
                .hasToString("OPERATIONS of 2 (%s)".formatted(batch.digest().shortHex()));
        assertThat(reader.u8()).isEqualTo(0xee);
        assertThat(batch.encoded().size()).isEqualTo(batch.sizeBytes());
        assertThat(batch).isNotEqualTo(Batch.of(List.of(one))).isNotEqualTo("batch");
    }

    @Test
    void requestsOfDifferentKindsDoNotShareABatch() {
        refuses(List.of(one, seal), "a batch of OPERATIONS cannot hold SEAL");
        refuses(List.of(rejoin, one), "a batch of EPOCH cannot hold OPERATIONS");
    }

    @Test
    void anAdminsChangeIsAloneInItsBatch() {
        Request change = Request.Change.sign(
                cluster.domain(),
                cluster.client(),
                0,
                List.of(new MemberChange.AddClient(cluster.replicas().getFirst().key())));

        assertThat(Batch.of(List.of(change)).kind()).isEqualTo(Batch.Kind.EPOCH);
        refuses(List.of(change, change), "an admin's change is alone in its batch");
        refuses(List.of(rejoin, change), "an admin's change is alone in its batch");
    }

    @Test
    void twoSealsDoNotShareABatch() {
        refuses(List.of(seal, seal), "a batch holds one seal, not 2");
    }

    @Test
    void moreRequestsThanABatchMayHoldAreRefused() {
        assertThatThrownBy(() -> Batch.of(Collections.nCopies(Batch.MAX_REQUESTS + 1, one)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65537 requests in one batch, at most 65536");
        byte[] many = new ByteWriter().u32(Batch.MAX_REQUESTS + 1).toByteArray();
        assertThatThrownBy(() -> Batch.decode(new ByteReader(many), 1 << 20))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("65537 requests in a batch, at most 65536 are allowed");
    }

    @Test
    void aBatchOverItsLimitIsRefusedWhicheverWayItExceedsIt() {
        Batch batch = Batch.of(List.of(one, two));
        assertThatThrownBy(() -> Batch.decode(new ByteReader(batch.encoded()), batch.sizeBytes() - 1))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("a batch of more than");
        assertThatThrownBy(() -> Batch.decode(new ByteReader(batch.encoded()), 20))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("at most 20 are allowed");
    }

    /** Neither a caller nor a peer can make one. */
    private static void refuses(List<Request> requests, String message) {
        assertThatThrownBy(() -> Batch.of(requests))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        ByteWriter writer = new ByteWriter().u32(requests.size());
        requests.forEach(request -> writer.sized(request.encoded()));
        assertThatThrownBy(() -> Batch.decode(new ByteReader(writer.toBytes()), 10_000))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("batch: " + message);
    }
}
