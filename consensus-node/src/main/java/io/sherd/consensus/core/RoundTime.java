package io.sherd.consensus.core;

/**
 * How long rounds take, from a proposal to its decision: two forced writes and two messages of the others. What a primary needs
 * for its proposal is one of each, so that this tells what may be expected of it on these disks and links. The longest counts,
 * and fades as shorter ones follow.
 */
final class RoundTime {

    /** With each round that is shorter, this part of the time goes. */
    private static final int FADING = 8;

    private long ticks = -1;

    /** A round of operations took so long. */
    void took(long measured) {
        ticks = Math.max(measured, ticks - (ticks + FADING - 1) / FADING);
    }

    /** Whether a round was ever seen. */
    boolean isKnown() {
        return ticks >= 0;
    }

    long ticks() {
        return ticks;
    }
}
