package io.sherd.archive.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.sherd.merkle.Digest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handshakes of two engines in memory: who is let in, and who is not. */
final class TlsTest {

    private static final Clock CLOCK = Clock.systemUTC();
    private static final TlsIdentity SERVER = TlsIdentity.generate(CLOCK);
    private static final TlsIdentity PEER = TlsIdentity.generate(CLOCK);
    private static final TlsIdentity STRANGER = TlsIdentity.generate(CLOCK);

    @TempDir
    private Path directory;

    @Test
    void replicasThatExpectEachOtherConnectAndKnowWhoTheOtherIs() throws Exception {
        SSLEngine server = server(TlsContexts.replicaServer(SERVER, Set.of(PEER.pin())::contains));
        SSLEngine client = client(TlsContexts.replicaClient(PEER, SERVER.pin()));

        handshake(client, server);

        assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(TlsContexts.peerPin(client.getSession())).contains(SERVER.pin());
        assertThat(TlsContexts.peerPin(server.getSession())).contains(PEER.pin());
    }

    @Test
    void aReplicaWithAnotherKeyIsRefusedByTheServer() {
        SSLEngine server = server(TlsContexts.replicaServer(SERVER, Set.of(PEER.pin())::contains));
        SSLEngine client = client(TlsContexts.replicaClient(STRANGER, SERVER.pin()));

        assertThatThrownBy(() -> handshake(client, server))
                .isInstanceOf(SSLException.class)
                .hasStackTraceContaining(STRANGER.pin().shortHex());
    }

    @Test
    void aServerWithAnotherKeyIsRefusedByTheReplica() {
        SSLEngine server = server(TlsContexts.replicaServer(STRANGER, pin -> true));
        SSLEngine client = client(TlsContexts.replicaClient(PEER, SERVER.pin()));

        assertThatThrownBy(() -> handshake(client, server))
                .isInstanceOf(SSLException.class)
                .hasStackTraceContaining(STRANGER.pin().shortHex());
    }

    @Test
    void aConnectionWithoutACertificateIsRefusedOnAReplicaLink() {
        SSLEngine server = server(TlsContexts.replicaServer(SERVER, pin -> true));
        SSLEngine client = client(TlsContexts.edgeClient(SERVER.pin()));

        assertThatThrownBy(() -> handshake(client, server)).isInstanceOf(SSLException.class);
    }

    @Test
    void theEdgeAsksForNoCertificateAndProvesItsOwn() throws Exception {
        SSLEngine server = server(TlsContexts.edgeServer(SERVER));
        SSLEngine client = client(TlsContexts.edgeClient(SERVER.pin()));

        handshake(client, server);

        assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(client.getApplicationProtocol()).isEqualTo("h2");
        assertThat(TlsContexts.peerPin(server.getSession())).isEqualTo(Optional.empty());
    }

    @Test
    void anEdgeWithAnotherKeyIsRefusedByTheClient() {
        SSLEngine server = server(TlsContexts.edgeServer(STRANGER));
        SSLEngine client = client(TlsContexts.edgeClient(SERVER.pin()));

        assertThatThrownBy(() -> handshake(client, server)).isInstanceOf(SSLException.class);
    }

    @Test
    void olderTlsIsRefused() throws Exception {
        SSLContext permissive = SSLContext.getInstance("TLS");
        permissive.init(null, new TrustManager[] {new PinTrustManager(pin -> true)}, null);
        for (String protocol : Set.of("TLSv1.2", "TLSv1.1")) {
            SSLEngine client = permissive.createSSLEngine("localhost", 1);
            client.setUseClientMode(true);
            client.setEnabledProtocols(new String[] {protocol});
            SSLEngine server = server(TlsContexts.edgeServer(SERVER));

            assertThatThrownBy(() -> handshake(client, server)).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void anExpiredCertificateAndOneOfTheFutureAreRefused() {
        Instant now = CLOCK.instant();
        Duration day = Duration.ofDays(1);
        TlsIdentity expired = TlsIdentity.generate(now.minus(day.multipliedBy(2)), now.minus(day));
        TlsIdentity future = TlsIdentity.generate(now.plus(day), now.plus(day.multipliedBy(2)));
        for (TlsIdentity identity : Set.of(expired, future)) {
            SSLEngine server = server(TlsContexts.edgeServer(identity));
            SSLEngine client = client(TlsContexts.edgeClient(identity.pin()));

            assertThatThrownBy(() -> handshake(client, server)).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void anIdentityIsReadAgainFromItsFiles() throws Exception {
        Path key = directory.resolve("tls.key");
        Path certificate = directory.resolve("tls.crt");
        SERVER.write(key, certificate);

        TlsIdentity read = TlsIdentity.read(key, certificate);

        assertThat(read.pin()).isEqualTo(SERVER.pin());
        handshake(client(TlsContexts.edgeClient(SERVER.pin())), server(TlsContexts.edgeServer(read)));
    }

    @Test
    void halvesOfTwoIdentitiesAreRefused() throws Exception {
        SERVER.write(directory.resolve("a.key"), directory.resolve("a.crt"));
        PEER.write(directory.resolve("b.key"), directory.resolve("b.crt"));

        assertThatThrownBy(() -> TlsIdentity.read(directory.resolve("a.key"), directory.resolve("b.crt")))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("is not the certificate of");
    }

    @Test
    void aTlsKeyThatOthersCanReadIsRefused() throws Exception {
        SERVER.write(directory.resolve("a.key"), directory.resolve("a.crt"));
        Files.setPosixFilePermissions(
                directory.resolve("a.key"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> TlsIdentity.read(directory.resolve("a.key"), directory.resolve("a.crt")))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("0600");
    }

    @Test
    void randomIdsDiffer() {
        assertThat(RandomIds.directoryId()).isNotEqualTo(RandomIds.directoryId());
        assertThat(RandomIds.nonce()).isNotEqualTo(RandomIds.nonce()).isNotEqualTo(Digest.ZERO);
    }

    private static SSLEngine server(SslContext context) {
        return context.newEngine(ByteBufAllocator.DEFAULT);
    }

    private static SSLEngine client(SslContext context) {
        return context.newEngine(ByteBufAllocator.DEFAULT, "localhost", 1);
    }

    /** Passes bytes to and fro until both are done, or one refuses. */
    private static void handshake(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(1 << 17);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 17);
        client.beginHandshake();
        server.beginHandshake();
        for (int round = 0; round < 1000; round++) {
            boolean clientMoved = step(client, toClient, toServer);
            boolean serverMoved = step(server, toServer, toClient);
            if (!clientMoved && !serverMoved && isDone(client) && isDone(server)) {
                return;
            }
        }
        throw new SSLException("no end of the handshake");
    }

    private static boolean isDone(SSLEngine engine) {
        return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    private static boolean step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        int produced = engine.wrap(ByteBuffer.allocate(0), out).bytesProduced();
        in.flip();
        int consumed = engine.unwrap(in, ByteBuffer.allocate(1 << 15)).bytesConsumed();
        in.compact();
        return produced > 0 || consumed > 0;
    }
}
