package io.sherd.consensus.node;

/**
 * Bounds of the client gateway. How many streams there are is the edge's affair.
 *
 * @param followedPerStream clients whose outcomes one stream may ask for
 * @param waitingPerClient operations of one client that may wait to be executed
 * @param waitingBytes bytes of all operations that may wait to be executed
 * @param unreadBytes outcomes that may wait for a stream that does not read; it is cut above that
 * @param strangersUnreadBytes outcomes that may wait for all streams together on which no listed client proved itself; above
 *     that the one of them with most of them is cut
 */
public record GatewayLimits(
        int followedPerStream, int waitingPerClient, long waitingBytes, long unreadBytes, long strangersUnreadBytes) {

    /** What a replica uses: it must hold in a heap of 512 MiB. */
    public static final GatewayLimits DEFAULT = new GatewayLimits(64, 1024, 64L << 20, 16L << 20, 32L << 20);
}
