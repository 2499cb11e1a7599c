package io.sherd.consensus.transport;

import io.sherd.replication.genesis.Limits;

/**
 * Bounds of the links.
 *
 * @param frameBytes largest frame
 * @param outboundBytes what may wait to be sent to one peer; more is dropped
 * @param inboundBytes what may wait to be verified from one peer; above it the link is not read
 * @param handshakeMillis a connection without TLS and hello after this time is closed
 * @param unprovenConnections accepted connections without a finished handshake at one time
 */
public record LinkLimits(
        int frameBytes, int outboundBytes, int inboundBytes, int handshakeMillis, int unprovenConnections) {

    private static final int QUEUE_FRAMES = 4;
    private static final int HANDSHAKE_MILLIS = 5000;
    private static final int UNPROVEN_CONNECTIONS = 64;

    /** The bounds that follow from a genesis: queues of four frames of the largest size. */
    public static LinkLimits of(Limits limits) {
        int queue = (int) Math.min(Integer.MAX_VALUE, (long) QUEUE_FRAMES * limits.frameBytes());
        return new LinkLimits(limits.frameBytes(), queue, queue, HANDSHAKE_MILLIS, UNPROVEN_CONNECTIONS);
    }
}
