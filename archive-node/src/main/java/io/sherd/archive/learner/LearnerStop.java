package io.sherd.archive.learner;

/** When a learner has learned enough. */
public sealed interface LearnerStop {

    /**
     * When so many segments of the ledger were delivered, over all starts.
     *
     * @param segmentCount segments 0 to this, exclusive
     */
    record AtSegmentCount(long segmentCount) implements LearnerStop {}

    /**
     * When everything under the highest certificate was delivered that f + 1 sources, or all there are, told of. One of f + 1 is
     * correct, so this is a checkpoint that was stable when the learner started, or a later one.
     */
    record CaughtUp() implements LearnerStop {}

    /** Never: new segments are learned as they are sealed. */
    record Never() implements LearnerStop {}
}
