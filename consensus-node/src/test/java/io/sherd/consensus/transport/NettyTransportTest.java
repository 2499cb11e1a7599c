package io.sherd.consensus.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.transport.LoopbackCluster.Heard;
import io.sherd.consensus.transport.LoopbackCluster.Tables;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NettyTransportTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final LoopbackCluster cluster = new LoopbackCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void everyReplicaHearsEveryOtherInOrder() throws Exception {
        List<Heard> heard = new ArrayList<>();
        List<NettyTransport> transports = new ArrayList<>();
        for (int i = 0; i < LoopbackCluster.REPLICAS; i++) {
            heard.add(new Heard());
            transports.add(cluster.start(i, heard.get(i)));
        }
        awaitAllLinked(transports);
        for (int k = 1; k <= 500; k++) {
            for (int i = 0; i < transports.size(); i++) {
                transports.get(i).broadcast(new Message.Status(0, i, k, 0));
            }
        }
        transports.get(3).send(1, cluster.cluster.prepare(cluster.cluster.ballot(0, 0, 1, Batch.NULL), 3));
        for (int to = 0; to < transports.size(); to++) {
            for (int from = 0; from < transports.size(); from++) {
                if (from != to) {
                    Heard ear = heard.get(to);
                    int sender = from;
                    int expected = from == 3 && to == 1 ? 501 : 500;
                    await().atMost(LONG).until(() -> ear.from(sender).size() == expected);
                    for (int k = 1; k <= 500; k++) {
                        assertThat(ear.from(sender).get(k - 1)).isEqualTo(new Message.Status(0, sender, k, 0));
                    }
                }
            }
        }
        assertThat(heard.get(1).from(3).getLast()).isInstanceOf(Message.Prepare.class);
        assertThat(heard.get(2).connections).containsExactlyInAnyOrder(0, 1, 3);
        LinkStatus status = transports.get(1).links().getLast();
        assertThat(status.replica()).isEqualTo(3);
        assertThat(status.messagesIn()).isEqualTo(501);
        assertThat(status.messagesOut()).isEqualTo(500);
        assertThat(status.bytesOut()).isEqualTo(500 * (4 + 34));
        assertThat(status.dropped()).isZero();
        assertThat(status.refused()).isZero();
    }

    @Test
    void largeMessagesArriveWhole() throws Exception {
        Heard heard = new Heard();
        NettyTransport zero = cluster.start(0, new Heard());
        cluster.start(1, heard);
        awaitLinked(zero, 1);
        List<Message> sent = new ArrayList<>();
        for (int size : new int[] {10, 16_000, 17_000, 300_000, 1_900_000, 5}) {
            Message message = new Message.Forward(cluster.cluster.operation(size, "x".repeat(size)));
            sent.add(message);
            zero.send(1, message);
        }
        await().atMost(LONG).until(() -> heard.messages.size() == sent.size());
        assertThat(heard.from(0)).isEqualTo(sent);
    }

    @Test
    void whatIsSignedByAnotherIsCountedAndNotHandedOver() throws Exception {
        Heard heard = new Heard();
        NettyTransport zero = cluster.start(0, new Heard());
        NettyTransport one = cluster.start(1, heard);
        awaitLinked(zero, 1);
        zero.send(1, cluster.cluster.prepare(cluster.cluster.ballot(0, 0, 1, Batch.NULL), 2));
        zero.send(1, new Message.Status(0, 0, 1, 0));
        await().atMost(LONG).until(() -> heard.messages.size() == 1);
        assertThat(heard.from(0)).containsExactly(new Message.Status(0, 0, 1, 0));
        assertThat(one.links().getFirst().refused()).isEqualTo(1);
        assertThat(one.links().getFirst().connected()).isTrue();
    }

    @Test
    void aPeerThatRestartsIsLinkedAgainWhoeverDials() throws Exception {
        Heard ofZero = new Heard();
        Heard ofTwo = new Heard();
        NettyTransport zero = cluster.start(0, ofZero);
        NettyTransport one = cluster.start(1, new Heard());
        NettyTransport two = cluster.start(2, ofTwo);
        awaitAllLinked(List.of(zero, one, two));
        one.close();
        await().atMost(LONG).until(() -> !isLinked(zero, 1) && !isLinked(two, 1));
        zero.send(1, new Message.Status(0, 0, 1, 0));
        assertThat(link(zero, 1).dropped()).isEqualTo(1);
        Heard again = new Heard();
        NettyTransport restarted = cluster.start(1, again);
        awaitAllLinked(List.of(zero, restarted, two));
        zero.send(1, new Message.Status(0, 0, 2, 0));
        two.send(1, new Message.Status(0, 0, 3, 0));
        await().atMost(LONG).until(() -> again.messages.size() == 2);
        for (Heard peer : List.of(ofZero, ofTwo)) {
            await().atMost(LONG)
                    .until(() -> peer.connections.stream().filter(r -> r == 1).count() == 2);
        }
        assertThat(link(zero, 1).connections()).isEqualTo(2);
    }

    @Test
    void replicasOfTwoGenesesAreNotLinked() throws Exception {
        NettyTransport zero = cluster.start(0, new Heard());
        NettyTransport other = cluster.start(
                cluster.cluster("another"), 1, cluster.identities.get(1), new Heard(), LoopbackCluster.LIMITS);
        NettyTransport two = cluster.start(2, new Heard());
        awaitLinked(zero, 2);
        assertThat(link(zero, 1).connections()).isZero();
        assertThat(link(other, 0).connections()).isZero();
        assertThat(link(two, 1).connections()).isZero();
    }

    @Test
    void aReplicaWithACertificateThatIsNotPinnedIsNotLinked() throws Exception {
        NettyTransport zero = cluster.start(0, new Heard());
        NettyTransport stranger = cluster.start(
                cluster.cluster, 1, TlsIdentity.generate(Clock.systemUTC()), new Heard(), LoopbackCluster.LIMITS);
        NettyTransport two = cluster.start(2, new Heard());
        awaitLinked(zero, 2);
        assertThat(link(zero, 1).connections()).isZero();
        assertThat(link(stranger, 2).connections()).isZero();
        assertThat(link(two, 1).connections()).isZero();
    }

    @Test
    void aChangedPinEndsTheLinkAndTheNewOneMakesIt() throws Exception {
        TlsIdentity renewed = TlsIdentity.generate(Clock.systemUTC());
        Tables tables = new Tables(cluster.cluster.genesis().members());
        Heard heard = new Heard();
        NettyTransport zero =
                cluster.start(cluster.cluster, tables, 0, cluster.identities.getFirst(), heard, LoopbackCluster.LIMITS);
        NettyTransport one = cluster.start(1, new Heard());
        awaitLinked(zero, 1);
        tables.set(withPin(tables.current(), 1, renewed));
        await().atMost(LONG).until(() -> !isLinked(zero, 1));
        one.close();
        cluster.start(cluster.cluster, 1, renewed, new Heard(), LoopbackCluster.LIMITS);
        awaitLinked(zero, 1);
    }

    @Test
    void anAddressThatIsNoneIsTriedAgainWhenTheTableChanges() throws Exception {
        MemberTable good = cluster.cluster.genesis().members();
        Tables tables = new Tables(withAddress(good, 1, "no address at all"));
        NettyTransport zero = cluster.start(
                cluster.cluster, tables, 0, cluster.identities.getFirst(), new Heard(), LoopbackCluster.LIMITS);
        cluster.start(1, new Heard());
        cluster.start(2, new Heard());
        awaitLinked(zero, 2);
        assertThat(isLinked(zero, 1)).isFalse();
        tables.set(good);
        awaitLinked(zero, 1);
    }

    @Test
    void aListenerThatIsSlowHoldsThePeerBackAndLosesNoLink() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Heard slow = new Heard() {
            @Override
            public void received(int sender, Message message) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                super.received(sender, message);
            }
        };
        NettyTransport zero = cluster.start(0, new Heard());
        NettyTransport one = cluster.start(1, slow);
        awaitLinked(zero, 1);
        Message large = new Message.Forward(cluster.cluster.operation(1, "x".repeat(500_000)));
        long sent = 0;
        while (link(zero, 1).dropped() == 0) {
            zero.send(1, large);
            sent++;
            assertThat(link(zero, 1).queuedBytes()).isLessThanOrEqualTo(LoopbackCluster.LIMITS.outboundBytes());
            assertThat(sent).as("sent without an end").isLessThan(1_000);
        }
        long accepted = sent - 1;
        // Longer than the silence that ends a link of which nothing comes.
        Duration silence = Duration.ofMillis(2L * LoopbackCluster.LIMITS.silenceMillis());
        await().during(silence).atMost(LONG).until(() -> isLinked(zero, 1) && isLinked(one, 0));
        assertThat(link(one, 0).bytesIn())
                .as("read while nothing was handled")
                .isLessThan(LoopbackCluster.LIMITS.inboundBytes() + 4L * 500_000);
        release.countDown();
        await().atMost(LONG).until(() -> slow.messages.size() == accepted);
    }

    @Test
    void aMessageThatFitsNoFrameIsDroppedAndTheLinkStays() throws Exception {
        LinkLimits small = new LinkLimits(1_000, 1_000, 1_000, 16, 600, 100, 1_500, 20, 100);
        Heard heard = new Heard();
        NettyTransport zero = cluster.start(cluster.cluster, 0, cluster.identities.getFirst(), new Heard(), small);
        cluster.start(cluster.cluster, 1, cluster.identities.get(1), heard, small);
        awaitLinked(zero, 1);
        zero.send(1, new Message.Forward(cluster.cluster.operation(1, "x".repeat(1_000))));
        zero.send(1, new Message.Status(0, 0, 1, 0));
        await().atMost(LONG).until(() -> heard.messages.size() == 1);
        assertThat(link(zero, 1).dropped()).isEqualTo(1);
        assertThat(isLinked(zero, 1)).isTrue();
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(cluster.address(0));
            assertThatThrownBy(() -> cluster.start(0, new Heard()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on")
                    .hasMessageContaining(String.valueOf(cluster.ports.getFirst()));
        }
    }

    @Test
    void aClosedTransportHasGivenItsPortBack() throws Exception {
        for (int round = 0; round < 20; round++) {
            // Its loop is still busy with dialling then, and so learns late that it is to end.
            cluster.start(0, new Heard()).close();
            try (ServerSocket next = new ServerSocket()) {
                next.bind(cluster.address(0));
                assertThat(next.isBound()).isTrue();
            }
        }
    }

    @Test
    void nothingIsSentToItselfOrToNobody() throws Exception {
        NettyTransport zero = cluster.start(0, new Heard());
        for (int replica : new int[] {0, -1, LoopbackCluster.REPLICAS}) {
            assertThatThrownBy(() -> zero.send(replica, new Message.Status(0, 0, 0, 0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void afterClosingNothingIsSentAndNothingFails() throws Exception {
        NettyTransport zero = cluster.start(0, new Heard());
        NettyTransport one = cluster.start(1, new Heard());
        awaitLinked(zero, 1);
        zero.close();
        zero.broadcast(new Message.Status(0, 0, 0, 0));
        zero.close();
        await().atMost(LONG).until(() -> !isLinked(one, 0));
        assertThat(link(zero, 1).messagesOut()).isZero();
    }

    private static MemberTable withPin(MemberTable table, int replica, TlsIdentity identity) {
        Member old = table.member(replica);
        return with(
                table,
                replica,
                new Member(
                        old.key(),
                        identity.pin(),
                        old.peerAddress(),
                        old.edgeAddress(),
                        old.directory(),
                        old.incarnation()));
    }

    private static MemberTable withAddress(MemberTable table, int replica, String address) {
        Member old = table.member(replica);
        return with(
                table,
                replica,
                new Member(old.key(), old.tlsPin(), address, old.edgeAddress(), old.directory(), old.incarnation()));
    }

    private static MemberTable with(MemberTable table, int replica, Member member) {
        List<Member> members = new ArrayList<>(table.members());
        members.set(replica, member);
        return new MemberTable(table.epoch(), members, table.clients(), table.admins());
    }

    private static LinkStatus link(NettyTransport transport, int replica) {
        return transport.links().stream()
                .filter(status -> status.replica() == replica)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isLinked(NettyTransport transport, int replica) {
        return link(transport, replica).connected();
    }

    private static void awaitLinked(NettyTransport transport, int replica) {
        await().atMost(LONG).until(() -> isLinked(transport, replica));
    }

    /** Until each of the first replicas is linked with each other one. */
    private static void awaitAllLinked(List<NettyTransport> transports) {
        for (int i = 0; i < transports.size(); i++) {
            for (int j = 0; j < transports.size(); j++) {
                if (i != j) {
                    awaitLinked(transports.get(i), j);
                }
            }
        }
    }
}
