package io.sherd.archive.edge;

import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import java.time.Duration;

/**
 * Every bound of a replica's public edge. At its busiest the edge holds {@code maxCalls} answers in memory, each of at most
 * {@link #answerBytes}.
 *
 * <p>Who gives way when something is full is told by {@link Places}. There are more connections than calls that can be engaged,
 * so a connection always gives way to a new one.
 *
 * @param maxConnections connections at one time, those in their handshake included
 * @param maxCallsPerConnection calls at one time on one connection; the HTTP/2 peer is told
 * @param maxCalls questions at one time over all connections, until their answers have left; more are refused as busy
 * @param maxStreams streams at one time over all connections; with more, one that nobody has proved himself on is ended
 * @param streamsPerHolder streams that one client keeps from being ended for others
 * @param questionPatience a question that waits for its peer this long gives way to one of the same address
 * @param workerThreads threads that answer calls
 * @param requestBytes largest message received
 * @param handshakeTimeout a connection without a finished TLS handshake is closed after this time
 * @param idleTimeout a connection without a call is closed after this time
 * @param leastKeepAlive a peer that sends keep-alive pings more often is disconnected
 */
public record EdgeLimits(
        int maxConnections,
        int maxCallsPerConnection,
        int maxCalls,
        int maxStreams,
        int streamsPerHolder,
        Duration questionPatience,
        int workerThreads,
        int requestBytes,
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration leastKeepAlive) {

    /** A connection is asked for a sign of life after this time without one. */
    public static final Duration SILENCE = Duration.ofMinutes(1);

    /** A connection that gave no sign of life when asked is closed after this time. */
    public static final Duration SIGN_OF_LIFE = Duration.ofSeconds(20);

    /** Largest header block of one call: 8 KiB. */
    public static final int HEADER_BYTES = 8 * 1024;

    /** The most commitments in one answer: 4,096, less than 1 MiB. */
    public static final int COMMITMENTS_PER_ANSWER = 4096;

    /** The most certificates in one answer. */
    public static final int CERTIFICATES_PER_ANSWER = 64;

    /** The most closed epochs in one answer. */
    public static final int EPOCHS_PER_ANSWER = 16;

    /** Lists are cut when they reach this many bytes; one element is always answered. */
    public static final int LIST_BYTES = 1024 * 1024;

    /** Leaves of a state are answered together while they take at most this many bytes. */
    public static final int STATE_CHUNK_BYTES = 256 * 1024;

    private static final int MAX_CALLS = 128;
    private static final int MAX_STREAMS = 128;
    private static final int MAX_CONNECTIONS = MAX_CALLS + MAX_STREAMS + 64;

    /** Room for fields and lengths around the bytes of an answer. */
    private static final int FRAMING_BYTES = 64 * 1024;

    /** Bytes that a session keeps of one result besides the result itself, generously. */
    private static final int RESULT_OVERHEAD_BYTES = 64;

    private static final int LARGEST_ANSWER_BYTES = 512 * 1024 * 1024;

    /** Checks that every bound is positive. */
    public EdgeLimits {
        if (maxConnections < 1
                || maxCallsPerConnection < 1
                || maxCalls < 1
                || maxStreams < 1
                || streamsPerHolder < 1
                || !questionPatience.isPositive()
                || workerThreads < 1
                || requestBytes < 1
                || !handshakeTimeout.isPositive()
                || !idleTimeout.isPositive()
                || !leastKeepAlive.isPositive()) {
            throw new IllegalArgumentException("every limit of an edge is positive");
        }
    }

    /** The bounds of a replica of one cluster unless its configuration says otherwise. */
    public static EdgeLimits of(Genesis genesis) {
        return new EdgeLimits(
                MAX_CONNECTIONS,
                64,
                MAX_CALLS,
                MAX_STREAMS,
                16,
                Duration.ofSeconds(1),
                2,
                genesis.limits().requestBytes() + FRAMING_BYTES,
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                Duration.ofSeconds(10));
    }

    /** The largest answer that a correct replica of a cluster gives: a piece, a leaf of the state, or a list. */
    public static int answerBytes(Genesis genesis) {
        Limits limits = genesis.limits();
        long piece = limits.maxSegmentBytes() / genesis.piecesNeeded() + 1L;
        long session = (long) limits.sessionWindow() * (limits.resultBytes() + RESULT_OVERHEAD_BYTES);
        long value = Math.max(limits.requestBytes(), session);
        long list = 2L * LIST_BYTES;
        return (int) Math.min(LARGEST_ANSWER_BYTES, FRAMING_BYTES + Math.max(list, Math.max(piece, value)));
    }
}
