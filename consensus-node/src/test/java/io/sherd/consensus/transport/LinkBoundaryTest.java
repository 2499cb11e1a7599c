package io.sherd.consensus.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.transport.LoopbackCluster.Heard;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a stranger, or a replica that lies, can do to replica 1 over its listening port. */
class LinkBoundaryTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final LoopbackCluster cluster = new LoopbackCluster();
    private final Heard heard = new Heard();
    private NettyTransport victim;

    @BeforeEach
    void start() throws IOException {
        victim = cluster.start(1, heard);
    }

    /** Whatever happened: replica 0 can still link and speak. */
    @AfterEach
    void aPeerStillLinks() throws Exception {
        try (RawPeer peer = zero().frame(hello(0))) {
            await().atMost(LONG).until(() -> link().connected());
            peer.frame(cluster.cluster.codec().encode(new Message.Status(7, 7, 7, 7)));
            await().atMost(LONG).until(() -> heard.from(0).contains(new Message.Status(7, 7, 7, 7)));
        } finally {
            cluster.close();
        }
    }

    @Test
    void aPeerThatSaysHelloIsAnsweredWithOne() throws Exception {
        try (RawPeer peer = zero()) {
            Hello answer = Hello.decode(peer.readFrame());
            assertThat(answer).isEqualTo(Hello.of(cluster.cluster.genesis().clusterId(), 1, 0));
        }
    }

    @Test
    void anotherClustersHelloIsRefused() throws Exception {
        try (RawPeer peer =
                zero().frame(Hello.of(TestCluster.hash("other"), 0, 0).encoded())) {
            assertRefused(peer);
        }
    }

    @Test
    void aHelloInAnotherReplicasNameIsRefused() throws Exception {
        try (RawPeer peer = zero().frame(hello(2))) {
            assertRefused(peer);
        }
    }

    @Test
    void aReplicaThatMustBeDialledIsRefused() throws Exception {
        try (RawPeer peer = RawPeer.tls(cluster.address(1), cluster.identities.get(2))) {
            assertRefused(peer);
        }
    }

    @Test
    void aCopyOfTheOwnCertificateIsRefused() throws Exception {
        assertTlsRefused(cluster.identities.get(1));
    }

    @Test
    void aCertificateThatIsNotPinnedIsRefused() throws Exception {
        assertTlsRefused(TlsIdentity.generate(Clock.systemUTC()));
    }

    @Test
    void noCertificateIsRefused() throws Exception {
        assertTlsRefused(null);
    }

    @Test
    void olderTlsIsRefused() {
        assertThatThrownBy(() -> RawPeer.tls(cluster.address(1), cluster.identities.getFirst(), "TLSv1.2"))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void garbageWithoutTlsIsClosed() throws Exception {
        byte[] noise = new byte[2_000];
        new Random(1).nextBytes(noise);
        for (byte[] bytes : List.of(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII), noise, new byte[5_000])) {
            try (RawPeer peer = RawPeer.plain(cluster.address(1)).raw(bytes)) {
                assertThat(peer.isClosedByTheOtherSide()).isTrue();
            }
        }
    }

    @Test
    void whoSaysNothingIsClosedInTime() throws Exception {
        try (RawPeer beforeTls = RawPeer.plain(cluster.address(1));
                RawPeer beforeHello = zero()) {
            assertThat(beforeTls.isClosedByTheOtherSide()).isTrue();
            assertThat(beforeHello.isClosedByTheOtherSide()).isTrue();
        }
    }

    @Test
    void aPeerThatFallsSilentIsClosed() throws Exception {
        try (RawPeer peer = zero().frame(hello(0))) {
            await().atMost(LONG).until(() -> link().connected());
            assertThat(peer.isClosedByTheOtherSide()).isTrue();
        }
        assertThat(link().connections()).isEqualTo(1);
    }

    @Test
    void aFirstFrameThatIsNoHelloOrTooLongIsRefused() throws Exception {
        try (RawPeer peer = zero().frame(cluster.cluster.codec().encode(new Message.Status(0, 0, 0, 0)))) {
            assertRefused(peer);
        }
        try (RawPeer peer = zero().raw(new ByteWriter().u32(Hello.MAX_BYTES + 1).toByteArray())) {
            assertRefused(peer);
        }
        try (RawPeer peer = zero().frame(Bytes.EMPTY)) {
            assertRefused(peer);
        }
    }

    @Test
    void aFrameAboveTheLimitEndsTheLink() throws Exception {
        int limit = LoopbackCluster.LIMITS.frameBytes();
        for (int length : new int[] {limit + 1, Integer.MAX_VALUE}) {
            try (RawPeer peer = zero().frame(hello(0))) {
                peer.raw(new ByteWriter().u32(length).toByteArray());
                assertThat(peer.isClosedByTheOtherSide()).isTrue();
            }
        }
    }

    @Test
    void framesThatAreNoMessagesAreCountedAndTheLinkStays() throws Exception {
        Message good = new Message.Status(0, 0, 5, 0);
        Bytes bytes = cluster.cluster.codec().encode(good);
        List<Bytes> bad = new ArrayList<>();
        for (int size = 1; size < bytes.size(); size++) {
            bad.add(Bytes.wrap(Arrays.copyOf(bytes.readOnlyArray(), size)));
        }
        bad.add(Bytes.wrap(Arrays.copyOf(bytes.readOnlyArray(), bytes.size() + 1)));
        try (RawPeer peer = zero().frame(hello(0))) {
            for (Bytes frame : bad) {
                peer.frame(frame);
            }
            peer.frame(bytes);
            await().atMost(LONG).until(() -> heard.from(0).size() == 1);
            assertThat(heard.from(0)).containsExactly(good);
            assertThat(link().refused()).isEqualTo(bad.size());
            assertThat(link().connected()).isTrue();
        }
    }

    @Test
    void aNewerConnectionOfThePeerReplacesTheOlder() throws Exception {
        try (RawPeer older = zero().frame(hello(0))) {
            await().atMost(LONG).until(() -> link().connections() == 1);
            try (RawPeer newer = zero().frame(hello(0))) {
                assertThat(older.isClosedByTheOtherSide()).isTrue();
                assertThat(link().connected()).isTrue();
                newer.frame(cluster.cluster.codec().encode(new Message.Status(0, 0, 1, 0)));
                await().atMost(LONG).until(() -> heard.from(0).size() == 1);
            }
        }
    }

    @Test
    void aPeerThatDoesNotReadFillsItsQueueAndNoMore() throws Exception {
        Message large = new Message.Forward(cluster.cluster.operation(1, "x".repeat(1_000_000)));
        try (RawPeer peer = zero().frame(hello(0))) {
            await().atMost(LONG).until(() -> link().connected());
            for (int i = 0; i < 100; i++) {
                victim.send(0, large);
                assertThat(link().queuedBytes()).isLessThanOrEqualTo(LoopbackCluster.LIMITS.outboundBytes());
            }
            assertThat(link().dropped()).isPositive();
            assertThat(link().messagesOut()).isLessThan(100);
            assertThat(peer.readFrame()).isNotNull();
        }
        await().atMost(LONG).until(() -> !link().connected());
        assertThat(link().queuedBytes()).isZero();
    }

    @Test
    void ofTooManyStrangersTheOldestGoes() throws Exception {
        int most = LoopbackCluster.LIMITS.unprovenConnections();
        List<RawPeer> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < most + 4; i++) {
                strangers.add(RawPeer.plain(cluster.address(1)));
            }
            assertThat(strangers.getFirst().isClosedByTheOtherSide()).isTrue();
            try (RawPeer peer = zero().frame(hello(0))) {
                assertThat(peer.readFrame())
                        .isEqualTo(Hello.of(cluster.cluster.genesis().clusterId(), 1, 0)
                                .encoded());
            }
        } finally {
            for (RawPeer stranger : strangers) {
                stranger.close();
            }
        }
    }

    private RawPeer zero() throws Exception {
        return RawPeer.tls(cluster.address(1), cluster.identities.getFirst());
    }

    private Bytes hello(int replica) {
        return Hello.of(cluster.cluster.genesis().clusterId(), replica, 0).encoded();
    }

    private LinkStatus link() {
        return victim.links().getFirst();
    }

    private void assertRefused(RawPeer peer) throws IOException {
        assertThat(peer.isClosedByTheOtherSide()).isTrue();
        assertThat(link().connections()).isZero();
    }

    /** In TLS 1.3 the client's handshake is done before the server has looked at its certificate. */
    private void assertTlsRefused(@Nullable TlsIdentity identity) throws Exception {
        try (RawPeer peer = RawPeer.tls(cluster.address(1), identity)) {
            assertRefused(peer);
        } catch (SSLException | SocketException e) {
            // Refused while this side was still at it.
            assertThat(link().connections()).isZero();
        }
    }
}
