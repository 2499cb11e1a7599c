package io.sherd.consensus.node;

/**
 * Bounds of the client gateway. How many streams there are is the edge's affair.
 *
 * @param followedPerStream clients whose outcomes one stream may ask for
 * @param waitingPerClient operations of one client that may wait to be executed
 * @param waitingBytes bytes of all operations that may wait to be executed
 * @param unreadBytes outcomes that may wait for a stream that does not read; it is cut above that
 */
public record GatewayLimits(int followedPerStream, int waitingPerClient, long waitingBytes, long unreadBytes) {

    /** What a replica uses: it must hold in a heap of 512 MiB. */
    public static final GatewayLimits DEFAULT = new GatewayLimits(64, 1024, 64L << 20, 16L << 20);
}
