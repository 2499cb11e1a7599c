package io.sherd.replication.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemberTableTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final MemberTable table = cluster.genesis().members();

    private Request.Rejoin rejoin(int replica, long incarnation, int directory) {
        return Request.Rejoin.sign(
                cluster.domain(),
                cluster.replicas().get(Math.min(replica, 3)),
                replica,
                incarnation,
                TestCluster.directory(directory));
    }

    private static MemberTable after(MemberTable table, Request... requests) {
        return table.after(Batch.of(List.of(requests)));
    }

    @Test
    void aRejoinOpensAnEpochWithANewDirectoryAndIncarnationForItsReplicaOnly() {
        MemberTable next = after(table, rejoin(2, 0, 100));

        assertThat(next.epoch()).isEqualTo(1);
        assertThat(next.member(2)).isEqualTo(table.member(2).rejoined(TestCluster.directory(100), 1));
        assertThat(next.member(2).incarnation()).isEqualTo(1);
        assertThat(next.member(2).key()).isEqualTo(table.member(2).key());
        for (int other : new int[] {0, 1, 3}) {
            assertThat(next.member(other)).isEqualTo(table.member(other));
        }
    }

    @Test
    void severalReplicasMayRejoinInOneEntry() {
        MemberTable next = after(table, rejoin(0, 0, 100), rejoin(3, 0, 101));

        assertThat(next.member(0).directory()).isEqualTo(TestCluster.directory(100));
        assertThat(next.member(3).directory()).isEqualTo(TestCluster.directory(101));
    }

    @Test
    void aRejoinOfAnotherIncarnationIsANoOpAndTheEpochPassesAllTheSame() {
        MemberTable next = after(table, rejoin(2, 1, 100));

        assertThat(next.members()).isEqualTo(table.members());
        assertThat(next.epoch()).isEqualTo(1);
        MemberTable later = after(after(table, rejoin(2, 0, 100)), rejoin(2, 0, 101));
        assertThat(later.member(2).directory()).isEqualTo(TestCluster.directory(100));
        assertThat(after(later, rejoin(2, 1, 102)).member(2).incarnation()).isEqualTo(3);
    }

    @Test
    void ofTwoRejoinsOfOneReplicaInOneEntryTheFirstCounts() {
        MemberTable next = after(table, rejoin(2, 0, 100), rejoin(2, 0, 101));

        assertThat(next.member(2).directory()).isEqualTo(TestCluster.directory(100));
    }

    @Test
    void aRejoinWithTheSameDirectoryOrOfNoReplicaIsANoOp() {
        Request.Rejoin same = Request.Rejoin.sign(
                cluster.domain(),
                cluster.replicas().get(1),
                1,
                0,
                table.member(1).directory());

        assertThat(table.applies(same)).isFalse();
        assertThat(table.applies(rejoin(4, 0, 100))).isFalse();
        assertThat(table.applies(rejoin(3, 0, 100))).isTrue();
        assertThat(after(table, same, rejoin(4, 0, 100)).members()).isEqualTo(table.members());
    }

    @Test
    void onlyAnEpochEntryEndsAnEpoch() {
        assertThatThrownBy(() -> table.after(Batch.NULL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not an epoch entry");
    }

    @Test
    void clientsAreFoundByTheirKey() {
        List<VerifyingKey> keys = new java.util.ArrayList<>();
        for (int i = 0; i < 50; i++) {
            keys.add(KeyedHash.named("client " + i).key());
        }
        Collections.sort(keys);
        MemberTable many = new MemberTable(0, table.members(), keys.subList(0, 49), List.of());

        assertThat(keys.subList(0, 49)).allMatch(many::isClient);
        assertThat(many.isClient(keys.get(49))).isFalse();
    }

    @Test
    void tablesThatHaveASecondEncodingAreRefused() {
        VerifyingKey low = Collections.min(
                List.of(KeyedHash.named("a").key(), KeyedHash.named("b").key()));
        VerifyingKey high = Collections.max(
                List.of(KeyedHash.named("a").key(), KeyedHash.named("b").key()));
        refuses(List.of(high, low), List.of(), "client keys are not in ascending order, each once");
        refuses(List.of(low, low), List.of(), "client keys are not in ascending order, each once");
        refuses(List.of(), List.of(high, low), "admin keys are not in ascending order, each once");
    }

    @Test
    void tablesThatNoClusterCanHaveAreRefused() {
        assertThatThrownBy(() -> new MemberTable(0, List.of(), List.of(), List.of()))
                .hasMessage("a member table has 1 to 256 replicas, not 0");
        assertThatThrownBy(() -> new MemberTable(0, List.of(table.member(0), table.member(0)), List.of(), List.of()))
                .hasMessage("two replicas have one key");
        Member member = table.member(0);
        assertThatThrownBy(() -> new Member(member.key(), member.tlsPin(), "x".repeat(301), "", member.directory(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an address of 301 bytes, at most 300 are allowed");
    }

    @Test
    void aTableIsReadAgainAndNoTruncationIs() throws WireFormatException {
        MemberTable next = after(table, rejoin(2, 0, 100));
        byte[] bytes = next.encoded().toByteArray();
        assertThat(MemberTable.decode(new ByteReader(bytes))).isEqualTo(next);
        assertThat(next.digest()).isNotEqualTo(table.digest());
        for (int size = 0; size < bytes.length; size++) {
            byte[] shorter = Arrays.copyOf(bytes, size);
            assertThatThrownBy(() -> MemberTable.decode(new ByteReader(shorter)))
                    .isInstanceOf(WireFormatException.class);
        }
        byte[] many =
                new ByteWriter().u64(0).u16(0).u32(MemberTable.MAX_KEYS + 1).toByteArray();
        assertThatThrownBy(() -> MemberTable.decode(new ByteReader(many)))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("10001 keys, at most 10000 are allowed");
    }

    private void refuses(List<VerifyingKey> clients, List<VerifyingKey> admins, String message) {
        assertThatThrownBy(() -> new MemberTable(0, table.members(), clients, admins))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        ByteWriter writer = new ByteWriter().u64(0).u16(4);
        table.members().forEach(member -> member.encode(writer));
        writer.u32(clients.size());
        clients.forEach(key -> writer.digest(key.raw()));
        writer.u32(admins.size());
        admins.forEach(key -> writer.digest(key.raw()));
        assertThatThrownBy(() -> MemberTable.decode(new ByteReader(writer.toBytes())))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("member table: " + message);
    }
}
