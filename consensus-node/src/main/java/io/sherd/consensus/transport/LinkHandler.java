package io.sherd.consensus.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: handshake, hello, then frames. Until the hello is checked, only a frame of the hello's size is read. One
 * event loop calls it.
 */
// Netty's calls return futures; what they would tell arrives as channel events, which are all handled.
@SuppressWarnings("FutureReturnValueIgnored")
final class LinkHandler extends SimpleChannelInboundHandler<ByteBuf> {

    private static final Logger LOG = LoggerFactory.getLogger(LinkHandler.class);
    private static final String FRAMES = "frames";

    private final Hello own;
    private final LinkLimits limits;
    private final Function<Digest, OptionalInt> replicaOfPin;
    private final Function<Integer, PeerLink> links;
    private final Transport.Listener listener;

    private int peer = -1;
    private @Nullable PeerLink link;
    private @Nullable Future<?> deadline;

    /**
     * A handler of a new connection.
     *
     * @param own what to say first
     * @param limits bounds
     * @param replicaOfPin which replica has a pin; none if it is not a peer that may be at the other end
     * @param links the link of a peer
     * @param listener told when the link is up
     */
    LinkHandler(
            Hello own,
            LinkLimits limits,
            Function<Digest, OptionalInt> replicaOfPin,
            Function<Integer, PeerLink> links,
            Transport.Listener listener) {
        this.own = own;
        this.limits = limits;
        this.replicaOfPin = replicaOfPin;
        this.links = links;
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline().addBefore(context.name(), FRAMES, decoder(Hello.SIZE_BYTES));
        deadline = context.executor().schedule(() -> expired(context), limits.handshakeMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                proven(context);
            } else {
                LOG.info(
                        "no TLS with {}: {}",
                        context.channel().remoteAddress(),
                        String.valueOf(handshake.cause().getMessage()));
                context.close();
            }
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
        Bytes bytes = Bytes.wrap(ByteBufUtil.getBytes(frame));
        if (link != null) {
            link.arrived(context.channel(), bytes);
        } else {
            greeted(context, bytes);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (link != null) {
            link.down(context.channel());
            LOG.info("link to replica {} is down", peer);
        }
        context.fireChannelInactive();
    }

    /** A reset connection, a frame above the limit, a broken TLS record: the link is closed and made again. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.info(
                "closing the connection with {}{}: {}",
                context.channel().remoteAddress(),
                peer < 0 ? "" : " (replica " + peer + ")",
                cause.toString());
        context.close();
    }

    private void proven(ChannelHandlerContext context) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        Optional<Digest> pin = TlsContexts.peerPin(tls.engine().getSession());
        OptionalInt replica = pin.map(replicaOfPin).orElse(OptionalInt.empty());
        if (replica.isEmpty()) {
            LOG.info(
                    "closing the connection with {}: not a peer",
                    context.channel().remoteAddress());
            context.close();
            return;
        }
        peer = replica.getAsInt();
        byte[] hello = own.encoded().toByteArray();
        context.writeAndFlush(context.alloc().buffer().writeInt(hello.length).writeBytes(hello), context.voidPromise());
    }

    private void greeted(ChannelHandlerContext context, Bytes frame) {
        try {
            Hello.decode(frame).check(own, peer);
        } catch (WireFormatException e) {
            LOG.warn("closing the connection with {}: {}", context.channel().remoteAddress(), e.getMessage());
            context.close();
            return;
        }
        if (deadline != null) {
            deadline.cancel(false);
        }
        context.pipeline().replace(FRAMES, FRAMES, decoder(limits.frameBytes()));
        PeerLink proven = links.apply(peer);
        link = proven;
        proven.up(context.channel());
        LOG.info("link to replica {} is up", peer);
        listener.connected(peer);
    }

    private void expired(ChannelHandlerContext context) {
        if (link == null) {
            LOG.info(
                    "closing the connection with {}: no hello in {} ms",
                    context.channel().remoteAddress(),
                    limits.handshakeMillis());
            context.close();
        }
    }

    private static LengthFieldBasedFrameDecoder decoder(int limitBytes) {
        return new LengthFieldBasedFrameDecoder(limitBytes + Integer.BYTES, 0, Integer.BYTES, 0, Integer.BYTES);
    }
}
