package io.sherd.consensus.client;

import static org.awaitility.Awaitility.await;

import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplicaStreamTest {
    /** With pauses that double from one second, as gRPC's do, so many attempts take 16 seconds; with ours, three. */
    private static final int ATTEMPTS = 6;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Test
    void aReplicaThatIsAwayIsTriedAgainEveryTwoSecondsAtLeast() throws Exception {
        TestCluster cluster = new TestCluster(4);
        AtomicInteger attempts = new AtomicInteger();
        ServerSocket away = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread hangingUp = Thread.ofPlatform().start(() -> hangUp(away, attempts));
        try (away) {
            Member known = cluster.genesis().members().member(1);
            Member member = new Member(
                    known.key(),
                    known.tlsPin(),
                    known.peerAddress(),
                    "127.0.0.1:" + away.getLocalPort(),
                    known.directory(),
                    0);
            try (ReplicaStream stream = new ReplicaStream(cluster.genesis(), member, cluster.client(), _ -> {})) {
                await().atMost(LIMIT).until(() -> {
                    stream.keepOpen();
                    stream.send(List.of(Bytes.wrap(new byte[] {1})));
                    return attempts.get() >= ATTEMPTS;
                });
            }
        }
        hangingUp.join();
    }

    private static void hangUp(ServerSocket away, AtomicInteger attempts) {
        while (!away.isClosed()) {
            try {
                away.accept().close();
                attempts.incrementAndGet();
            } catch (SocketException e) {
                // The test is over.
                return;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
