package io.sherd.consensus.transport;

import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The other end of a link, written with the JDK's sockets: it says whatever a test wants, and trusts everybody. */
final class RawPeer implements AutoCloseable {

    private static final char[] NO_PASSWORD = new char[0];
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;

    private RawPeer(Socket socket) {
        this.socket = socket;
    }

    /** A connection without TLS. */
    static RawPeer plain(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return new RawPeer(socket);
    }

    /** A connection whose handshake is done on this side; the other may still refuse it. */
    static RawPeer tls(InetSocketAddress address, @Nullable TlsIdentity identity, String protocol)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(identity), new TrustManager[] {new TrustAll()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setEnabledProtocols(new String[] {protocol});
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return new RawPeer(socket);
    }

    static RawPeer tls(InetSocketAddress address, @Nullable TlsIdentity identity)
            throws IOException, GeneralSecurityException {
        return tls(address, identity, "TLSv1.3");
    }

    RawPeer frame(Bytes content) throws IOException {
        return raw(new ByteWriter(content.size() + 4).sized(content).toByteArray());
    }

    RawPeer raw(byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        out.flush();
        return this;
    }

    /** The next frame that is no heartbeat. */
    Bytes readFrame() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
            int length = in.readInt();
            if (length > 0) {
                return Bytes.wrap(in.readNBytes(length));
            }
        }
    }

    /** Reads until the other side closes; false if it does not in ten seconds. */
    boolean isClosedByTheOtherSide() throws IOException {
        byte[] buffer = new byte[4096];
        try {
            while (socket.getInputStream().read(buffer) >= 0) {
                // Hello, heartbeats: of no interest here.
            }
            return true;
        } catch (SSLException | SocketException e) {
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static KeyManager @Nullable [] keys(@Nullable TlsIdentity identity)
            throws IOException, GeneralSecurityException {
        if (identity == null) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", identity.privateKey(), NO_PASSWORD, new Certificate[] {identity.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static final class TrustAll extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
