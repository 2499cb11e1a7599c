package io.sherd.consensus.transport;

import io.sherd.replication.genesis.Limits;

/**
 * Bounds of the links.
 *
 * @param frameBytes largest frame
 * @param outboundBytes what may wait to be sent to one peer, at least one frame; more is dropped
 * @param inboundBytes what may wait to be verified from one peer; above it the link is not read
 * @param unprovenConnections accepted connections without TLS and hello at one time; of more, the oldest is closed
 * @param handshakeMillis a connection without TLS and hello after this time is closed
 * @param heartbeatMillis how often a link carries a heartbeat
 * @param silenceMillis a link over which nothing comes for so long is closed: several heartbeats
 * @param firstPauseMillis about how long to wait before dialling again; doubled each time
 * @param longestPauseMillis about the longest such wait
 */
public record LinkLimits(
        int frameBytes,
        int outboundBytes,
        int inboundBytes,
        int unprovenConnections,
        int handshakeMillis,
        int heartbeatMillis,
        int silenceMillis,
        int firstPauseMillis,
        int longestPauseMillis) {

    private static final int QUEUE_FRAMES = 2;
    private static final int UNPROVEN_CONNECTIONS = 128;
    private static final int HANDSHAKE_MILLIS = 5_000;
    private static final int HEARTBEAT_MILLIS = 1_000;
    private static final int SILENCE_MILLIS = 4_000;
    private static final int FIRST_PAUSE_MILLIS = 50;
    private static final int LONGEST_PAUSE_MILLIS = 2_000;

    /** Checks that each bound leaves something. */
    public LinkLimits {
        if (frameBytes < 1 || inboundBytes < 1 || unprovenConnections < 1 || outboundBytes < frameBytes) {
            throw new IllegalArgumentException("links need room for a frame in each direction");
        }
        if (heartbeatMillis < 1 || silenceMillis < 2 * heartbeatMillis) {
            throw new IllegalArgumentException("silence is noticed before a heartbeat can be missed");
        }
    }

    /**
     * {@return the bounds that follow from a genesis}
     *
     * @param limits the genesis's
     */
    public static LinkLimits of(Limits limits) {
        int queue = (int) Math.min(Integer.MAX_VALUE, (long) QUEUE_FRAMES * limits.frameBytes());
        return new LinkLimits(
                limits.frameBytes(),
                queue,
                limits.frameBytes(),
                UNPROVEN_CONNECTIONS,
                HANDSHAKE_MILLIS,
                HEARTBEAT_MILLIS,
                SILENCE_MILLIS,
                FIRST_PAUSE_MILLIS,
                LONGEST_PAUSE_MILLIS);
    }
}
