package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Whatever a source can put into an answer: nothing throws, and nothing but the ledger is delivered. */
final class LearnerFuzzTest {

    private static final long[] EDGES = {0, 1, 2, 7, 255, 256, Integer.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE};

    private final Random random = Seeds.random(LearnerFuzzTest.class);
    private final TestCluster cluster = TestCluster.of(4);
    private final TestLedger ledger = TestLedger.of(cluster, random, 6);

    @Test
    void answersOfAnyContentNeitherThrowNorAreBelieved() {
        for (int run = 0; run < 200; run++) {
            Learner learner = new Learner(
                    LearnerRun.config(cluster), KeyedHash.VERIFIER, LearnerProgress.start(cluster.genesis()));
            List<LearnerEffect.Fetch> fetches = new ArrayList<>();
            fetches.add(new LearnerEffect.FetchPiece(0, edge(), (int) edge()));
            fetches.add(new LearnerEffect.FetchCommitments(1, edge(), (int) edge()));
            fetches.add(new LearnerEffect.FetchEpochs(2, edge()));
            List<LearnerEffect.Deliver> delivered = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                LearnerEffect.Fetch fetch = fetches.get(random.nextInt(fetches.size()));
                LearnerEvent event = random.nextInt(3) == 0
                        ? new LearnerEvent.Tick()
                        : random.nextInt(3) == 0 ? new Source.Honest(ledger).answer(fetch) : nonsense(fetch);
                for (LearnerEffect effect : learner.step(event)) {
                    assertThat(effect).isNotInstanceOf(LearnerEffect.Contradiction.class);
                    if (effect instanceof LearnerEffect.Fetch asked) {
                        fetches.add(asked);
                    } else if (effect instanceof LearnerEffect.Deliver deliver) {
                        delivered.add(deliver);
                    }
                }
            }
            assertThat(delivered)
                    .extracting(deliver -> deliver.reassembled().segment())
                    .isEqualTo(ledger.segments().subList(0, delivered.size()));
        }
    }

    private LearnerEvent nonsense(LearnerEffect.Fetch fetch) {
        return switch (fetch) {
            case LearnerEffect.FetchHead head -> new LearnerEvent.HeadArrived(head, certificate());
            case LearnerEffect.FetchEpochs epochs ->
                new LearnerEvent.EpochsArrived(
                        epochs,
                        List.of(new ClosedEpoch(certificate(), cluster.genesis().members())));
            case LearnerEffect.FetchCommitments range -> {
                List<Commitment> list = new ArrayList<>(ledger.commitments());
                list.set(random.nextInt(list.size()), commitment());
                yield new LearnerEvent.CommitmentsArrived(range, list.subList(0, random.nextInt(list.size() + 1)));
            }
            case LearnerEffect.FetchPiece piece -> {
                List<Digest> siblings = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    siblings.add(digest());
                }
                Piece made = new Piece(
                        random.nextBoolean() ? piece.segment() : edge(),
                        random.nextBoolean() ? piece.index() : (int) edge(),
                        siblings,
                        Bytes.wrap(new byte[random.nextInt(500)]));
                yield new LearnerEvent.PieceArrived(piece, made);
            }
        };
    }

    private CheckpointCertificate certificate() {
        CheckpointStatement statement = random.nextInt(3) == 0
                ? ledger.certificates().getFirst().statement()
                : new CheckpointStatement(
                        random.nextInt(3), edge(), digest(), edge(), digest(), edge(), digest(), Optional.empty());
        TreeMap<Integer, io.sherd.replication.ledger.Signature> signatures = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            signatures.put((int) edge(), ledger.sign(0, statement));
        }
        return new CheckpointCertificate(statement, signatures);
    }

    private Commitment commitment() {
        long first = 1 + (edge() >>> 1);
        return new Commitment(
                new SegmentContext(
                        random.nextBoolean() ? cluster.genesis().clusterId() : digest(),
                        edge(),
                        4,
                        1,
                        3,
                        random.nextInt(256),
                        edge(),
                        first,
                        first + random.nextInt(3),
                        1,
                        random.nextBoolean() ? Integer.MAX_VALUE : 100,
                        digest(),
                        digest(),
                        digest()),
                digest());
    }

    private long edge() {
        return EDGES[random.nextInt(EDGES.length)];
    }

    private Digest digest() {
        return TestCluster.hash("any " + random.nextInt());
    }
}
