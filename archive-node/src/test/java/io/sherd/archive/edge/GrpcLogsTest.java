package io.sherd.archive.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.archive.store.MemoryPieceStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Anybody can connect to the public edge, so nothing that arrives there may fill a replica's log. */
class GrpcLogsTest {

    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed());
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final String JUNK = "\5".repeat(20);

    @Test
    void bytesThatAreNoHttpLogNothing() throws Exception {
        Gathering gathering = new Gathering();
        Logger grpc = Logger.getLogger("io.grpc");
        grpc.addHandler(gathering);
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (Edges edges = new Edges(LEDGER)) {
            EdgeServer server = edges.start(1, new MemoryPieceStore(), Edges.NO_STATE);
            for (int i = 0; i < 10; i++) {
                sendJunk(loop, server);
            }
        } finally {
            loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            grpc.removeHandler(gathering);
        }
        // The edge is closed, so nothing more can come.
        assertThat(gathering.records).extracting(LogRecord::getMessage).isEmpty();
    }

    /** Sends junk behind the preface of HTTP/2, in TLS, and returns when the server has closed the connection. */
    private static void sendJunk(EventLoopGroup loop, EdgeServer server) throws InterruptedException {
        SslContext tls = TlsContexts.edgeClient(LEDGER.identity(1).pin());
        Channel channel = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel connected) {
                        connected.pipeline().addLast(tls.newHandler(connected.alloc()));
                    }
                })
                .connect(server.address())
                .sync()
                .channel();
        channel.writeAndFlush(Unpooled.copiedBuffer(PREFACE + JUNK, StandardCharsets.US_ASCII))
                .sync();
        channel.closeFuture().sync();
    }

    private static final class Gathering extends Handler {
        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord entry) {
            records.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
