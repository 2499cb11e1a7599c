package io.sherd.replication.learner;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.piece.Reassembler;

/** What a learner asks of whoever drives it, in this order. */
public sealed interface LearnerEffect {

    /**
     * Something to ask of one source. It is answered by the event that belongs to it or by
     * {@link LearnerEvent.FetchFailed}; the learner counts the ticks itself, so an answer may also never come.
     */
    sealed interface Fetch extends LearnerEffect {

        /** {@return the replica to ask, 0 to n - 1} */
        int source();
    }

    /**
     * Ask for the certificate of the highest stable checkpoint; answered by {@link LearnerEvent.HeadArrived}.
     *
     * @param source the replica to ask
     */
    record FetchHead(int source) implements Fetch {}

    /**
     * Ask for closed epochs; answered by {@link LearnerEvent.EpochsArrived}.
     *
     * @param source the replica to ask
     * @param fromEpoch the first one to send
     */
    record FetchEpochs(int source, long fromEpoch) implements Fetch {}

    /**
     * Ask for consecutive commitments; answered by {@link LearnerEvent.CommitmentsArrived}.
     *
     * @param source the replica to ask
     * @param fromSegment the first one to send
     * @param count the most to send, at least 1
     */
    record FetchCommitments(int source, long fromSegment, int count) implements Fetch {}

    /**
     * Ask for one piece; answered by {@link LearnerEvent.PieceArrived}.
     *
     * @param source the replica to ask
     * @param segment the segment
     * @param index the piece index; mostly the source's own, but whoever still holds the full bytes has them all
     */
    record FetchPiece(int source, long segment, int index) implements Fetch {}

    /**
     * The next segment, proved down to its bytes. Segments come in order, each once in the life of a progress: whoever
     * stores {@code after} together with the segment goes on behind it after a restart.
     *
     * @param reassembled the segment, its commitment and all its pieces, made anew
     * @param after the learner's progress once this segment is delivered
     */
    record Deliver(Reassembler.Reassembled reassembled, LearnerProgress after) implements LearnerEffect {}

    /**
     * A new highest checkpoint was proved: the learner now goes for it.
     *
     * @param certificate verified under the keys of its epoch
     */
    record Target(CheckpointCertificate certificate) implements LearnerEffect {}

    /**
     * An epoch's end was proved: the member table, and with it the sources' keys and addresses, is now the next one.
     *
     * @param closed verified under the keys of the closed epoch
     */
    record EpochPassed(ClosedEpoch closed) implements LearnerEffect {}

    /**
     * Something a source sent was ignored. For counters and tests.
     *
     * @param source who sent it
     * @param reason why
     * @param detail what was expected and what was found
     */
    record Ignored(int source, LearnerIgnoreReason reason, String detail) implements LearnerEffect {}

    /**
     * The learner cannot go on with what it can reach now. It keeps trying; this comes once for each different shortage, and
     * again when one that was over comes back.
     *
     * @param shortage what is missing, and what is wrong with each source
     */
    record Stalled(Shortage shortage) implements LearnerEffect {}

    /**
     * Two things that n - f replicas signed exclude each other, so more than f replicas lied. This is the last effect: the
     * learner delivers nothing more.
     *
     * @param detail what excludes what
     */
    record Contradiction(String detail) implements LearnerEffect {}
}
