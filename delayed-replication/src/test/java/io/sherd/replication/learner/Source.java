package io.sherd.replication.learner;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.learner.LearnerEvent.Failure;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a replica answers to a learner, honestly or not. An answer may be null: silence. */
interface Source {

    @Nullable
    LearnerEvent answer(LearnerEffect.Fetch fetch);

    /** Holds its own pieces of a ledger up to a number of segments, and answers truly. */
    final class Honest implements Source {

        private final TestLedger ledger;
        private final boolean fullBytes;

        Honest(TestLedger ledger) {
            this(ledger, false);
        }

        /** As above; with the full bytes it makes any piece. */
        Honest(TestLedger ledger, boolean fullBytes) {
            this.ledger = ledger;
            this.fullBytes = fullBytes;
        }

        @Override
        public LearnerEvent answer(LearnerEffect.Fetch fetch) {
            return switch (fetch) {
                case LearnerEffect.FetchHead head ->
                    ledger.certificates().isEmpty()
                            ? notFound(fetch)
                            : new LearnerEvent.HeadArrived(
                                    head, ledger.certificates().getLast());
                case LearnerEffect.FetchEpochs epochs -> {
                    int from = (int)
                            Math.min(epochs.fromEpoch(), ledger.closedEpochs().size());
                    int to = Math.min(from + 2, ledger.closedEpochs().size());
                    yield new LearnerEvent.EpochsArrived(
                            epochs, ledger.closedEpochs().subList(from, to));
                }
                case LearnerEffect.FetchCommitments range -> {
                    int size = ledger.segments().size();
                    int from = (int) Math.min(range.fromSegment(), size);
                    int to = Math.clamp((long) from + range.count(), from, size);
                    yield new LearnerEvent.CommitmentsArrived(
                            range, ledger.commitments().subList(from, to));
                }
                case LearnerEffect.FetchPiece piece -> {
                    boolean has = piece.segment() < ledger.segments().size()
                            && (fullBytes || piece.index() == piece.source());
                    yield has
                            ? new LearnerEvent.PieceArrived(piece, pieceOf(ledger, piece.segment(), piece.index()))
                            : notFound(fetch);
                }
            };
        }
    }

    static Piece pieceOf(TestLedger ledger, long segment, int index) {
        return ledger.dispersed().get((int) segment).pieces().get(index);
    }

    static LearnerEvent notFound(LearnerEffect.Fetch fetch) {
        return new LearnerEvent.FetchFailed(fetch, Failure.NOT_FOUND);
    }

    static Source silent() {
        return fetch -> null;
    }

    static Source failing(Failure why) {
        return fetch -> new LearnerEvent.FetchFailed(fetch, why);
    }

    /** Answers with the first source, and breaks every so many-th answer with the second. */
    static Source every(int period, Source mostly, Source sometimes) {
        int[] count = {0};
        return fetch -> ++count[0] % period == 0 ? sometimes.answer(fetch) : mostly.answer(fetch);
    }

    /** An honest one whose answers are rewritten. */
    static Source liar(TestLedger ledger, Lie lie, Random random) {
        Source honest = new Honest(ledger, true);
        return fetch ->
                lie.rewrite.apply(new Telling(ledger, fetch, random), Objects.requireNonNull(honest.answer(fetch)));
    }

    /** What a liar knows when it makes up an answer. */
    record Telling(TestLedger ledger, LearnerEffect.Fetch fetch, Random random) {

        /** A statement that the liar would like to be true, with its own signature and made-up ones. */
        CheckpointCertificate forge(CheckpointStatement statement) {
            TreeMap<Integer, Signature> signatures = new TreeMap<>();
            for (int replica = 0; replica < ledger.cluster().quorums().replicaCount(); replica++) {
                byte[] made = new byte[Signature.SIZE_BYTES];
                random.nextBytes(made);
                signatures.put(replica, new Signature(Bytes.wrap(made)));
            }
            signatures.put(fetch.source(), ledger.sign(fetch.source(), statement));
            return new CheckpointCertificate(statement, signatures);
        }
    }

    /** The ways to lie, each a rewriting of a true answer. */
    enum Lie {
        CORRUPT_PIECE((telling, event) -> event instanceof LearnerEvent.PieceArrived e
                ? new LearnerEvent.PieceArrived(e.fetch(), flipped(e.piece(), telling.random()))
                : event),
        SHORT_PIECE((telling, event) -> event instanceof LearnerEvent.PieceArrived e
                ? new LearnerEvent.PieceArrived(
                        e.fetch(),
                        new Piece(
                                e.piece().segmentNumber(),
                                e.piece().index(),
                                e.piece().siblings(),
                                Bytes.EMPTY))
                : event),
        OTHER_SEGMENTS_PIECE((telling, event) -> event instanceof LearnerEvent.PieceArrived e
                ? new LearnerEvent.PieceArrived(
                        e.fetch(),
                        relabelled(
                                pieceOf(
                                        telling.ledger(),
                                        (e.fetch().segment() + 1)
                                                % telling.ledger().segments().size(),
                                        e.fetch().index()),
                                e.fetch().segment(),
                                e.fetch().index()))
                : event),
        OTHER_INDEX((telling, event) -> event instanceof LearnerEvent.PieceArrived e
                ? new LearnerEvent.PieceArrived(
                        e.fetch(),
                        pieceOf(
                                telling.ledger(),
                                e.fetch().segment(),
                                (e.fetch().index() + 1)
                                        % telling.ledger().cluster().quorums().replicaCount()))
                : event),
        RELABELLED_INDEX((telling, event) -> event instanceof LearnerEvent.PieceArrived e
                ? new LearnerEvent.PieceArrived(
                        e.fetch(),
                        relabelled(
                                pieceOf(
                                        telling.ledger(),
                                        e.fetch().segment(),
                                        (e.fetch().index() + 1)
                                                % telling.ledger()
                                                        .cluster()
                                                        .quorums()
                                                        .replicaCount()),
                                e.fetch().segment(),
                                e.fetch().index()))
                : event),
        NO_PIECES((telling, event) -> event instanceof LearnerEvent.PieceArrived e ? notFound(e.fetch()) : event),
        RAISED_HEAD((telling, event) -> event instanceof LearnerEvent.HeadArrived e
                ? new LearnerEvent.HeadArrived(
                        e.fetch(), telling.forge(higher(e.certificate().statement(), 0)))
                : event),
        FUTURE_EPOCH((telling, event) -> switch (event) {
            case LearnerEvent.HeadArrived e ->
                new LearnerEvent.HeadArrived(
                        e.fetch(), telling.forge(higher(e.certificate().statement(), 5)));
            case LearnerEvent.EpochsArrived e ->
                new LearnerEvent.EpochsArrived(e.fetch(), List.of(forgedEpoch(telling, e.fetch())));
            default -> event;
        }),
        EMPTY_EPOCHS((telling, event) -> switch (event) {
            case LearnerEvent.HeadArrived e ->
                new LearnerEvent.HeadArrived(
                        e.fetch(), telling.forge(higher(e.certificate().statement(), 5)));
            case LearnerEvent.EpochsArrived e -> new LearnerEvent.EpochsArrived(e.fetch(), List.of());
            default -> event;
        }),
        OLD_HEAD((telling, event) -> event instanceof LearnerEvent.HeadArrived e
                ? new LearnerEvent.HeadArrived(
                        e.fetch(), telling.ledger().certificates().getFirst())
                : event),
        NO_HEAD((telling, event) -> event instanceof LearnerEvent.HeadArrived e ? notFound(e.fetch()) : event),
        OTHER_CLUSTER((telling, event) -> rewriteFirst(event, Lie::foreign)),
        WRONG_ROOT((telling, event) -> rewriteLast(event, Lie::withOtherRoot)),
        WRONG_LENGTHS((telling, event) -> rewriteLast(event, Lie::withHugeLength)),
        WITHOUT_PREFIX((telling, event) -> rewrite(event, list -> list.subList(1, list.size()))),
        WITHOUT_INFIX((telling, event) -> rewrite(event, list -> {
            List<Commitment> fewer = new ArrayList<>(list);
            fewer.remove(list.size() / 2);
            return fewer;
        })),
        WITHOUT_SUFFIX((telling, event) -> rewrite(event, list -> list.subList(0, list.size() - 1))),
        REORDERED((telling, event) -> rewrite(event, List::reversed)),
        DUPLICATED((telling, event) -> rewrite(event, list -> {
            List<Commitment> more = new ArrayList<>(list);
            more.add(list.size() / 2, list.get(list.size() / 2));
            return more.subList(0, list.size());
        })),
        TOO_MANY((telling, event) -> rewrite(event, list -> {
            List<Commitment> more = new ArrayList<>(list);
            for (int i = 0; i < 5000; i++) {
                more.add(list.getFirst());
            }
            return more;
        })),
        NO_COMMITMENTS((telling, event) -> rewrite(event, list -> List.of()));

        // A function without state; the checker cannot know.
        @SuppressWarnings("ImmutableEnumChecker")
        private final BiFunction<Telling, LearnerEvent, LearnerEvent> rewrite;

        Lie(BiFunction<Telling, LearnerEvent, LearnerEvent> rewrite) {
            this.rewrite = rewrite;
        }

        private static Piece flipped(Piece piece, Random random) {
            byte[] bytes = piece.bytes().toByteArray();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            return new Piece(piece.segmentNumber(), piece.index(), piece.siblings(), Bytes.wrap(bytes));
        }

        private static Piece relabelled(Piece piece, long segment, int index) {
            return new Piece(segment, index, piece.siblings(), piece.bytes());
        }

        private static CheckpointStatement higher(CheckpointStatement true0, int epochs) {
            return new CheckpointStatement(
                    true0.epoch() + epochs,
                    true0.sequence() + 1000,
                    TestCluster.hash("elsewhere"),
                    true0.segmentCount() + 100,
                    TestCluster.hash("other history"),
                    true0.stateSequence(),
                    true0.stateRoot(),
                    true0.nextMembers());
        }

        private static ClosedEpoch forgedEpoch(Telling telling, LearnerEffect.FetchEpochs fetch) {
            CheckpointStatement head = telling.ledger().certificates().getLast().statement();
            var next = telling.ledger().members();
            CheckpointStatement closing = new CheckpointStatement(
                    fetch.fromEpoch(),
                    head.sequence(),
                    head.ledgerHash(),
                    head.segmentCount(),
                    head.historyRoot(),
                    0,
                    Digest.ZERO,
                    Optional.of(next.digest()));
            return new ClosedEpoch(telling.forge(closing), next);
        }

        private static LearnerEvent rewrite(LearnerEvent event, UnaryOperator<List<Commitment>> change) {
            return event instanceof LearnerEvent.CommitmentsArrived e
                            && !e.commitments().isEmpty()
                    ? new LearnerEvent.CommitmentsArrived(e.fetch(), change.apply(e.commitments()))
                    : event;
        }

        private static LearnerEvent rewriteFirst(LearnerEvent event, UnaryOperator<Commitment> change) {
            return rewrite(event, list -> {
                List<Commitment> changed = new ArrayList<>(list);
                changed.set(0, change.apply(list.getFirst()));
                return changed;
            });
        }

        private static LearnerEvent rewriteLast(LearnerEvent event, UnaryOperator<Commitment> change) {
            return rewrite(event, list -> {
                List<Commitment> changed = new ArrayList<>(list);
                changed.set(list.size() - 1, change.apply(list.getLast()));
                return changed;
            });
        }

        private static Commitment foreign(Commitment commitment) {
            return new Commitment(
                    with(
                            commitment.context(),
                            TestCluster.hash("another cluster"),
                            commitment.context().plainLength()),
                    commitment.root());
        }

        private static Commitment withOtherRoot(Commitment commitment) {
            return new Commitment(commitment.context(), TestCluster.hash("another root"));
        }

        private static Commitment withHugeLength(Commitment commitment) {
            return new Commitment(
                    with(commitment.context(), commitment.context().clusterId(), Integer.MAX_VALUE), commitment.root());
        }

        private static SegmentContext with(SegmentContext c, Digest clusterId, int plainLength) {
            return new SegmentContext(
                    clusterId,
                    c.epoch(),
                    c.pieceCount(),
                    c.faultLimit(),
                    c.piecesNeeded(),
                    c.codec(),
                    c.segmentNumber(),
                    c.firstSequence(),
                    c.lastSequence(),
                    c.compressedLength(),
                    plainLength,
                    c.ledgerHashBefore(),
                    c.ledgerHashAfter(),
                    c.entriesRoot());
        }
    }
}
