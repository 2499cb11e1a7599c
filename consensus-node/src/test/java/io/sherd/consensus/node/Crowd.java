package io.sherd.consensus.node;

import io.grpc.ManagedChannel;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.merkle.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Strangers at a replica's edge: they have no key, come in numbers, and say nothing. */
final class Crowd implements AutoCloseable {
    private static final int STREAMS_PER_CONNECTION = 60;
    private static final byte[] HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    private final InetSocketAddress edge;
    private final Digest pin;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<Talk> streams = new ArrayList<>();
    private final List<Socket> connections = new ArrayList<>();

    Crowd(InetSocketAddress edge, Digest pin) {
        this.edge = edge;
        this.pin = pin;
    }

    /** Opens streams on which nothing is ever sent. */
    void openStreams(int count) {
        for (int i = 0; i < count; i++) {
            if (i % STREAMS_PER_CONNECTION == 0) {
                channels.add(EdgeChannels.to(edge, pin).build());
            }
            streams.add(Talk.open(channels.getLast()));
        }
    }

    /** How many of the streams are still open. */
    long openStreams() {
        return streams.stream().filter(Talk::isOpen).count();
    }

    /** The streams, first opened first. */
    Stream<Talk> streams() {
        return streams.stream();
    }

    /** Opens connections that finish their handshake, greet as HTTP/2 demands, and are silent then. */
    void openConnections(int count) throws IOException, GeneralSecurityException {
        SSLContext anybody = SSLContext.getInstance("TLSv1.3");
        anybody.init(null, new TrustManager[] {new Credulous()}, null);
        for (int i = 0; i < count; i++) {
            SSLSocket socket = (SSLSocket) anybody.getSocketFactory().createSocket(edge.getAddress(), edge.getPort());
            connections.add(socket);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            OutputStream out = socket.getOutputStream();
            out.write(HTTP2_PREFACE);
            out.write(EMPTY_SETTINGS);
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        channels.forEach(ManagedChannel::shutdownNow);
        for (Socket socket : connections) {
            socket.close();
        }
    }

    /** Believes whoever answers: a stranger does not care whom it bothers. */
    private static final class Credulous implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("a client only");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // Whoever it is.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
