package io.sherd.replication.genesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ChangedTableTest {

    private static final KeyedHash ADMIN = KeyedHash.named("admin");

    private final TestCluster cluster = TestCluster.of(4);
    private final MemberTable table = new MemberTable(
            0,
            cluster.genesis().members().members(),
            cluster.genesis().members().clients(),
            List.of(ADMIN.key()));

    private static VerifyingKey key(String name) {
        return KeyedHash.named(name).key();
    }

    private Request.Change change(long epoch, MemberChange... changes) {
        return Request.Change.sign(cluster.domain(), ADMIN, epoch, List.of(changes));
    }

    private MemberTable after(MemberChange... changes) {
        Request.Change change = change(0, changes);
        assertThat(table.objectionTo(change, cluster.quorums())).isEmpty();
        return table.after(Batch.of(List.of(change)));
    }

    private void refused(String why, MemberChange... changes) {
        refused(why, change(0, changes));
    }

    private void refused(String why, Request.Change change) {
        assertThat(table.objectionTo(change, cluster.quorums()))
                .hasValueSatisfying(text -> assertThat(text).contains(why));
        assertThat(table.after(Batch.of(List.of(change))))
                .isEqualTo(new MemberTable(1, table.members(), table.clients(), table.admins()));
    }

    @Test
    void aReplacedKeyOpensAnIncarnationOfTheSameDirectory() {
        MemberTable next = after(new MemberChange.ReplaceKey(2, key("new"), TestCluster.hash("new pin")));

        Member before = table.member(2);
        assertThat(next.epoch()).isEqualTo(1);
        assertThat(next.member(2))
                .isEqualTo(new Member(
                        key("new"),
                        TestCluster.hash("new pin"),
                        before.peerAddress(),
                        before.edgeAddress(),
                        before.directory(),
                        1));
        for (int other : new int[] {0, 1, 3}) {
            assertThat(next.member(other)).isEqualTo(table.member(other));
        }
        assertThat(next.clients()).isEqualTo(table.clients());
        assertThat(next.admins()).isEqualTo(table.admins());
    }

    @Test
    void aReplacedKeyMayKeepTheReplicasOwnCertificate() {
        MemberTable next =
                after(new MemberChange.ReplaceKey(2, key("new"), table.member(2).tlsPin()));

        assertThat(next.member(2).tlsPin()).isEqualTo(table.member(2).tlsPin());
    }

    @Test
    void anAddressChangesWithoutAnotherIncarnation() {
        MemberTable next = after(new MemberChange.ChangeAddress(1, "moved:1", "moved:2"));

        assertThat(next.member(1)).isEqualTo(table.member(1).moved("moved:1", "moved:2"));
        assertThat(next.member(1).incarnation()).isZero();
    }

    @Test
    void oneReplicaMayGetAnotherKeyAndAnotherAddressAtOnce() {
        MemberTable next = after(
                new MemberChange.ReplaceKey(1, key("new"), TestCluster.hash("new pin")),
                new MemberChange.ChangeAddress(1, "moved:1", "moved:2"));

        assertThat(next.member(1))
                .isEqualTo(table.member(1)
                        .rekeyed(key("new"), TestCluster.hash("new pin"), 1)
                        .moved("moved:1", "moved:2"));
    }

    @Test
    void clientsAreAddedAndRevokedAndTheirKeysStaySorted() {
        List<MemberChange> additions = IntStream.range(0, 20)
                .<MemberChange>mapToObj(i -> new MemberChange.AddClient(key("client " + i)))
                .toList();
        MemberTable next = table.after(Batch.of(List.of(Request.Change.sign(cluster.domain(), ADMIN, 0, additions))));

        assertThat(next.clients()).hasSize(21).isSorted();
        assertThat(next.isClient(key("client 7"))).isTrue();
        Request.Change revoke = change(
                1,
                new MemberChange.RevokeClient(key("client 7")),
                new MemberChange.RevokeClient(cluster.client().key()));
        MemberTable last = next.after(Batch.of(List.of(revoke)));
        assertThat(last.isClient(key("client 7"))).isFalse();
        assertThat(last.isClient(cluster.client().key())).isFalse();
        assertThat(last.clients()).hasSize(19);
    }

    @Test
    void aChangeAppliesInItsEpochAlone() {
        refused(
                "the change is for epoch 1, the cluster is in epoch 0",
                change(1, new MemberChange.AddClient(key("client 1"))));
        MemberTable next = after(new MemberChange.AddClient(key("client 1")));
        assertThat(next.objectionTo(change(0, new MemberChange.AddClient(key("client 2"))), cluster.quorums()))
                .hasValue("the change is for epoch 0, the cluster is in epoch 1");
    }

    @Test
    void onlyAListedAdminChangesAnything() {
        KeyedHash stranger = cluster.replicas().getFirst();
        refused(
                "is no admin's",
                Request.Change.sign(
                        cluster.domain(), stranger, 0, List.of(new MemberChange.AddClient(key("client 1")))));
    }

    @Test
    void aKeyThatAReplicaHasIsGivenToNobody() {
        refused(
                "replica 3 has the key",
                new MemberChange.ReplaceKey(2, table.member(3).key(), TestCluster.hash("new pin")));
        refused(
                "replica 2 has the key",
                new MemberChange.ReplaceKey(2, table.member(2).key(), TestCluster.hash("new pin")));
        refused(
                "replica 3 has the TLS pin",
                new MemberChange.ReplaceKey(2, key("new"), table.member(3).tlsPin()));
    }

    @Test
    void twoReplicasGetNeitherOneKeyNorEachOthers() {
        TestCluster seven = TestCluster.of(7);
        MemberTable founding = seven.genesis().members();
        MemberTable ofSeven = new MemberTable(0, founding.members(), founding.clients(), List.of(ADMIN.key()));
        for (VerifyingKey second : List.of(key("new"), ofSeven.member(1).key())) {
            Request.Change change = change(
                    0,
                    new MemberChange.ReplaceKey(1, key("new"), TestCluster.hash("pin a")),
                    new MemberChange.ReplaceKey(2, second, TestCluster.hash("pin b")));
            assertThat(ofSeven.objectionTo(change, seven.quorums()))
                    .hasValueSatisfying(text -> assertThat(text).contains("replica 1 has the key"));
        }
    }

    @Test
    void noMoreThanFReplicasGetAnotherKeyAtOnce() {
        Request.Change change = change(
                0,
                new MemberChange.ReplaceKey(1, key("a"), TestCluster.hash("pin a")),
                new MemberChange.ReplaceKey(2, key("b"), TestCluster.hash("pin b")));

        assertThat(table.objectionTo(change, cluster.quorums()))
                .hasValue("2 replicas would get another key at once, at most f = 1 may");
    }

    @Test
    void whatIsNotThereCanNotBeChangedAndWhatIsThereIsNotAdded() {
        refused("there is no replica 4 among 4", new MemberChange.ReplaceKey(4, key("a"), TestCluster.hash("pin a")));
        refused("there is no replica 4 among 4", new MemberChange.ChangeAddress(4, "a:1", "a:2"));
        refused(
                "is a client's already",
                new MemberChange.AddClient(cluster.client().key()));
        refused("is no client's", new MemberChange.RevokeClient(key("client 1")));
        refused(
                "replica 1 has these addresses already",
                new MemberChange.ChangeAddress(
                        1, table.member(1).peerAddress(), table.member(1).edgeAddress()));
        refused(
                "replica 0 has this address already",
                new MemberChange.ChangeAddress(1, table.member(0).peerAddress(), "a:2"));
    }

    @Test
    void oneRefusedChangeVoidsTheOthersOfItsRequest() {
        refused(
                "is no client's",
                new MemberChange.AddClient(key("client 1")),
                new MemberChange.RevokeClient(key("client 2")));
    }

    @Test
    void thereAreNeverMoreClientsThanATableHolds() {
        List<VerifyingKey> full = IntStream.range(0, MemberTable.MAX_KEYS)
                .mapToObj(i -> key("client " + i))
                .sorted()
                .toList();
        MemberTable crowded = new MemberTable(0, table.members(), full, table.admins());

        assertThat(crowded.objectionTo(change(0, new MemberChange.AddClient(key("one more"))), cluster.quorums()))
                .hasValue("10001 client keys, at most 10000 are allowed");
    }
}
