package io.sherd.consensus.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, from its first byte to its end: TLS handshake, hello, link. On the event loop only.
 *
 * <p>Modes and their successors: HANDSHAKE → HELLO → LINKED, and each → CLOSED.
 */
final class LinkHandler extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(LinkHandler.class);

    /** Longest text of a stranger in the log. */
    private static final int MAX_REASON_CHARACTERS = 200;

    private final NettyTransport transport;

    /** The peer that was dialled; null when the other side connected. */
    private final @Nullable Peer dialled;

    private final FrameReader frames = new FrameReader(Hello.MAX_BYTES, this::frame);
    private Mode mode = Mode.HANDSHAKE;
    private @Nullable Channel channel;
    private @Nullable Peer peer;
    private long lastReadNanos;
    private String reason = "closed by the other side";

    private enum Mode {
        HANDSHAKE,
        HELLO,
        LINKED,
        CLOSED
    }

    LinkHandler(NettyTransport transport, @Nullable Peer dialled) {
        this.transport = transport;
        this.dialled = dialled;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        var _ = context.executor()
                .schedule(
                        () -> {
                            if (mode == Mode.HANDSHAKE || mode == Mode.HELLO) {
                                close(context.channel(), "no hello in time");
                            }
                        },
                        transport.limits().handshakeMillis(),
                        TimeUnit.MILLISECONDS);
        context.fireChannelActive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && mode == Mode.HANDSHAKE) {
            if (handshake.isSuccess()) {
                identify(context);
            } else {
                close(context.channel(), "TLS handshake: " + describe(handshake.cause()));
            }
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (mode == Mode.HELLO || mode == Mode.LINKED) {
                lastReadNanos = System.nanoTime();
                frames.read(bytes);
            }
        } catch (WireFormatException e) {
            close(context.channel(), describe(e));
        } finally {
            bytes.release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (mode == Mode.LINKED && peer != null) {
            peer.outbox.drain();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Peer linked = peer;
        if (mode == Mode.LINKED && linked != null) {
            transport.unlinked(linked, context.channel(), reason);
        } else if (mode != Mode.CLOSED) {
            transport.report(dialled, context.channel(), reason);
        }
        mode = Mode.CLOSED;
        context.fireChannelInactive();
    }

    /** What a stranger's bytes make the TLS engine throw ends this connection and nothing else; our own bugs end the process. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        } else if (mode == Mode.LINKED && cause instanceof RuntimeException && !(cause instanceof DecoderException)) {
            LOG.error("a link failed in a way that it must not", cause);
        }
        close(context.channel(), describe(cause));
    }

    /** Ends the connection, and says why in the log once it is down. */
    void close(Channel connection, String why) {
        if (mode == Mode.LINKED) {
            reason = why;
        } else if (mode != Mode.CLOSED) {
            mode = Mode.CLOSED;
            transport.report(dialled, connection, why);
        }
        var _ = connection.close();
    }

    private void identify(ChannelHandlerContext context) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        Optional<Digest> pin = TlsContexts.peerPin(tls.engine().getSession());
        Optional<Peer> found = pin.flatMap(transport::peerOf);
        if (found.isEmpty()) {
            close(context.channel(), "its certificate is no other replica's");
            return;
        }
        Peer candidate = found.get();
        if (dialled == null && candidate.replica > transport.self()) {
            close(context.channel(), "replica %d must be connected to, and connects".formatted(candidate.replica));
            return;
        }
        peer = candidate;
        mode = Mode.HELLO;
        write(context.channel(), transport.hello().encoded());
    }

    private void frame(Bytes content) throws WireFormatException {
        Peer other = peer;
        Channel connection = channel;
        if (other == null || connection == null) {
            throw new WireFormatException("a frame before the handshake is done");
        }
        switch (mode) {
            case HELLO -> {
                Hello hello = Hello.decode(content);
                Optional<String> objection = transport.hello().objection(hello, other.replica);
                if (objection.isPresent()) {
                    throw new WireFormatException(objection.get());
                }
                mode = Mode.LINKED;
                frames.limit(transport.limits().frameBytes());
                transport.linked(other, connection, hello.epoch());
                beat(connection);
            }
            case LINKED -> {
                if (!content.isEmpty()) {
                    other.inbox.put(content, connection);
                }
            }
            case HANDSHAKE, CLOSED -> {
                // What was on its way when the connection was given up.
            }
        }
    }

    /** Once a heartbeat: sends one, and notices silence and a new member table. */
    private void beat(Channel connection) {
        if (mode != Mode.LINKED || !connection.isActive()) {
            return;
        }
        if (!connection.config().isAutoRead()) {
            // The silence is ours: nothing is read until the inbox is emptier.
            lastReadNanos = System.nanoTime();
        }
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastReadNanos);
        if (silentMillis > transport.limits().silenceMillis()) {
            close(connection, "nothing came for %d ms".formatted(silentMillis));
            return;
        }
        if (peer != null && transport.isOutdated(peer)) {
            close(connection, "the member table has another pin or address for it");
            return;
        }
        if (connection.isWritable()) {
            write(connection, Bytes.EMPTY);
        }
        var _ = connection
                .eventLoop()
                .schedule(() -> beat(connection), transport.limits().heartbeatMillis(), TimeUnit.MILLISECONDS);
    }

    private static void write(Channel connection, Bytes content) {
        ByteBuf frame = connection.alloc().buffer(FrameReader.LENGTH_BYTES + content.size());
        frame.writeInt(content.size()).writeBytes(content.readOnlyArray());
        var _ = connection.writeAndFlush(frame, connection.voidPromise());
    }

    /** The innermost message, without what a terminal or a log would take for more than text. */
    private static String describe(Throwable cause) {
        Throwable inner = cause;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        String text = inner.getMessage() == null ? inner.getClass().getSimpleName() : inner.getMessage();
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= MAX_REASON_CHARACTERS
                ? printable
                : printable.substring(0, MAX_REASON_CHARACTERS) + "…";
    }
}
