package io.sherd.archive.edge;

import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps gRPC from logging what peers do. A peer that vanishes in the middle of an answer, or sends what was not asked for, is
 * ordinary; a stack trace for each would let anybody fill a replica's disk. What fails here is told by the call that fails.
 */
final class GrpcLogs {

    private static final Map<String, Level> LEVELS = Map.of(
            "io.grpc.netty.NettyServerHandler", Level.SEVERE,
            "io.grpc.netty.NettyServerStream", Level.SEVERE,
            "io.grpc.netty.NettyServerTransport", Level.WARNING,
            "io.grpc.netty.NettyClientHandler", Level.SEVERE,
            "io.grpc.internal.AbstractClientStream", Level.WARNING);

    /** Held, since the logging system forgets the levels of loggers that nobody holds. */
    private static final List<Logger> LOGGERS = LEVELS.entrySet().stream()
            .map(entry -> {
                Logger logger = Logger.getLogger(entry.getKey());
                logger.setLevel(entry.getValue());
                return logger;
            })
            .toList();

    private GrpcLogs() {}

    /** Makes sure that the levels are set. */
    static void quieten() {
        if (LOGGERS.size() != LEVELS.size()) {
            throw new AssertionError("a logger is missing");
        }
    }
}
