package io.sherd.consensus.client;

import java.time.Duration;

/**
 * The bounds of a client.
 *
 * @param window operations in flight at one time: ids run at most so far ahead of the lowest one without a result
 * @param windowBytes bytes of operations in flight at one time
 * @param resendAfter an operation without a result is sent to all replicas after this time, and again with doubled pauses
 * @param deadline an operation without a result fails after this time, its outcome unknown
 */
public record ClientOptions(int window, long windowBytes, Duration resendAfter, Duration deadline) {

    /**
     * The largest window. A new process of the same client begins {@link SherdClient#ID_GAP} ids above the highest one it
     * can learn of, so that it never gives an id again that an earlier process may still have in flight.
     */
    public static final int MAX_WINDOW = 256;

    /** 64 operations or 32 MiB in flight, sent to all after one second, given up after 30. */
    public static final ClientOptions DEFAULT =
            new ClientOptions(64, 32L << 20, Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** Checks the bounds. */
    public ClientOptions {
        if (window < 1 || window > MAX_WINDOW) {
            throw new IllegalArgumentException("the window is %d, must be 1 to %d".formatted(window, MAX_WINDOW));
        }
        if (windowBytes < 1 || !resendAfter.isPositive() || !deadline.isPositive()) {
            throw new IllegalArgumentException("window bytes and times are positive");
        }
    }

    /** These bounds with another window. */
    public ClientOptions withWindow(int newWindow) {
        return new ClientOptions(newWindow, windowBytes, resendAfter, deadline);
    }

    /** These bounds with another deadline. */
    public ClientOptions withDeadline(Duration newDeadline) {
        return new ClientOptions(window, windowBytes, resendAfter, newDeadline);
    }
}
