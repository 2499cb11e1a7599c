package io.sherd.archive.crypto;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.sherd.merkle.Digest;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of Sherd's two kinds of connection. Both are TLS 1.3 and nothing older, by the JDK's engine.
 *
 * <ul>
 *   <li>Replica links: both sides show a certificate, and both check the other's pin. Which replica the other side is follows
 *       from {@link #peerPin} and the member table, and from nothing that it says itself.
 *   <li>The public edge (gRPC over HTTP/2): the server shows its certificate, and the client checks its pin.
 * </ul>
 *
 * <p>Host names are not checked: a pin names one key.
 */
public final class TlsContexts {

    private static final String PROTOCOL = "TLSv1.3";

    /** ALPN with HTTP/2 and nothing else; the JDK's engine offers no other way to fail. */
    private static final ApplicationProtocolConfig HTTP2 = new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            ApplicationProtocolNames.HTTP_2);

    private TlsContexts() {}

    /**
     * The accepting side of replica links.
     *
     * @param identity what this replica shows
     * @param expectedPins asked at every handshake whether a peer with that pin may connect
     */
    public static SslContext replicaServer(TlsIdentity identity, Predicate<Digest> expectedPins) {
        return netty(
                context(new OwnKeyManager(identity), new PinTrustManager(expectedPins)),
                false,
                ApplicationProtocolConfig.DISABLED,
                ClientAuth.REQUIRE);
    }

    /**
     * The connecting side of a replica link.
     *
     * @param identity what this replica shows
     * @param expectedPin the pin of the replica to reach
     */
    public static SslContext replicaClient(TlsIdentity identity, Digest expectedPin) {
        return netty(
                context(new OwnKeyManager(identity), new PinTrustManager(expectedPin::equals)),
                true,
                ApplicationProtocolConfig.DISABLED,
                ClientAuth.NONE);
    }

    /** The accepting side of the public edge, which asks nobody for a certificate. */
    public static SslContext edgeServer(TlsIdentity identity) {
        return netty(context(new OwnKeyManager(identity), null), false, HTTP2, ClientAuth.NONE);
    }

    /**
     * The connecting side of the public edge.
     *
     * @param expectedPin the pin of the replica to reach
     */
    public static SslContext edgeClient(Digest expectedPin) {
        return netty(context(null, new PinTrustManager(expectedPin::equals)), true, HTTP2, ClientAuth.NONE);
    }

    /** The connecting side of the public edge, to whoever answers: only for what proves itself, whoever says it. */
    public static SslContext edgeClientOfAnybody() {
        return netty(context(null, new PinTrustManager(_ -> true)), true, HTTP2, ClientAuth.NONE);
    }

    /** The pin of the other side of a connection, once the handshake is done; empty if it showed no certificate. */
    public static Optional<Digest> peerPin(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain[0] instanceof X509Certificate certificate
                    ? Optional.of(TlsIdentity.pinOf(certificate))
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            // Not an error: this is how the JDK says that the other side showed none.
            return Optional.empty();
        }
    }

    /** The JDK's side of it: what this side shows, and whom it trusts; none of either if it is not asked for it. */
    private static SSLContext context(@Nullable OwnKeyManager shown, @Nullable PinTrustManager trusted) {
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(
                    shown == null ? new KeyManager[0] : new KeyManager[] {shown},
                    trusted == null ? new TrustManager[0] : new TrustManager[] {trusted},
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no TLS 1.3", e);
        }
    }

    /** Netty's side of it. Its own builder would put the key into a key store first. */
    private static SslContext netty(
            SSLContext context, boolean isClient, ApplicationProtocolConfig protocols, ClientAuth clientAuth) {
        return new JdkSslContext(
                context,
                isClient,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                protocols,
                clientAuth,
                new String[] {PROTOCOL},
                false);
    }
}
