package io.sherd.consensus.sim;

/**
 * How a network and the disks behind it behave. Messages on one link may overtake each other.
 *
 * @param lossPermille messages lost
 * @param duplicationPermille messages that arrive twice
 * @param minDelay units of time that a message takes at least
 * @param spread units that it may take longer
 * @param sealSpread units that sealing a segment may take longer
 * @param syncSpread units that making records durable may take; 0 for a disk that takes no time
 */
public record SimNetwork(
        int lossPermille, int duplicationPermille, int minDelay, int spread, int sealSpread, int syncSpread) {

    /** Nothing is lost; a message takes up to a tick. */
    public static final SimNetwork CALM = new SimNetwork(0, 0, 1, 8, 10, 0);

    /** A tenth is lost, a twentieth repeated, and a message takes up to four ticks. */
    public static final SimNetwork STORM = new SimNetwork(100, 50, 1, 40, 60, 8);
}
