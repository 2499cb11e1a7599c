package io.sherd.replication.learner;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import java.util.List;

/**
 * What can happen to a learner. An answer names the fetch that it answers; the driver vouches for the source, since it
 * knows whom it asked, and for nothing else.
 */
public sealed interface LearnerEvent {

    /** One tick of the only clock there is. The first one starts the learner. */
    record Tick() implements LearnerEvent {}

    /**
     * A source's certificate of its highest stable checkpoint.
     *
     * @param fetch what was asked
     * @param certificate as sent; nothing in it was checked
     */
    record HeadArrived(LearnerEffect.FetchHead fetch, CheckpointCertificate certificate) implements LearnerEvent {}

    /**
     * Closed epochs, as many as the source sends at once.
     *
     * @param fetch what was asked
     * @param closed as sent; nothing in them was checked
     */
    record EpochsArrived(LearnerEffect.FetchEpochs fetch, List<ClosedEpoch> closed) implements LearnerEvent {

        /** Copies the list. */
        public EpochsArrived {
            closed = List.copyOf(closed);
        }
    }

    /**
     * Commitments from the one asked for on; there may be fewer than were asked for.
     *
     * @param fetch what was asked
     * @param commitments as sent; nothing in them was checked
     */
    record CommitmentsArrived(LearnerEffect.FetchCommitments fetch, List<Commitment> commitments)
            implements LearnerEvent {

        /** Copies the list. */
        public CommitmentsArrived {
            commitments = List.copyOf(commitments);
        }
    }

    /**
     * A piece.
     *
     * @param fetch what was asked
     * @param piece as sent; nothing in it was checked, it may be of another segment or index
     */
    record PieceArrived(LearnerEffect.FetchPiece fetch, Piece piece) implements LearnerEvent {}

    /**
     * A fetch brought nothing.
     *
     * @param fetch what was asked
     * @param why what kind of nothing
     */
    record FetchFailed(LearnerEffect.Fetch fetch, Failure why) implements LearnerEvent {}

    /** Why a fetch brought nothing. */
    enum Failure {
        /** The source answers that it has not got it. */
        NOT_FOUND,
        /** The source could not be reached, or the connection broke. */
        UNREACHABLE,
        /** The answer is not of the format that was asked for. */
        MALFORMED
    }
}
