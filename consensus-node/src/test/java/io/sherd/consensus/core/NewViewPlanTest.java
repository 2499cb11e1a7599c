package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class NewViewPlanTest {

    private static final long SEED = Long.getLong("sherd.seed", 1);

    @Test
    void withoutAnythingPreparedThereIsNothingToProposeAgain() {
        Bench bench = Bench.founding(4, 0);
        NewViewPlan plan = NewViewPlan.of(List.of(bench.viewChange(1, 1, Optional.empty())), 7);

        assertThat(plan.floor()).isEqualTo(7);
        assertThat(plan.digests()).isEmpty();
        assertThat(plan.highest()).isEqualTo(7);
        assertThat(plan.stable()).isEmpty();
    }

    @RepeatedTest(50)
    void isWhatTheDefinitionSays(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(SEED + repetition.getCurrentRepetition());
        Bench bench = Bench.founding(4, 0);
        List<Message.ViewChange> changes = new ArrayList<>();
        for (int replica = 0; replica < 3; replica++) {
            long stable = random.nextInt(4) * 2L;
            Optional<CheckpointCertificate> certificate =
                    stable == 0 ? Optional.empty() : Optional.of(bench.certificate(Bench.statement(stable), 0, 1, 2));
            List<PreparedProof> proofs = new ArrayList<>();
            for (long sequence = stable + 1; sequence <= 10; sequence++) {
                if (random.nextInt(3) == 0) {
                    // One digest to a view and position, as a primary's signature makes it.
                    long view = random.nextInt(4);
                    proofs.add(bench.proof(view, sequence, bench.batch(10 * sequence + view)));
                }
            }
            changes.add(bench.viewChange(replica, 5, certificate, proofs.toArray(PreparedProof[]::new)));
        }
        long known = random.nextInt(3) * 2L;

        NewViewPlan plan = NewViewPlan.of(changes, known);

        long floor = floorByDefinition(changes, known);
        assertThat(plan.floor()).as("seed %d", SEED).isEqualTo(floor);
        assertThat(plan.digests()).as("seed %d", SEED).isEqualTo(digestsByDefinition(changes, floor));
    }

    /** PBFT section 4.4: min-s is the sequence number of the latest stable checkpoint in V. */
    private static long floorByDefinition(List<Message.ViewChange> changes, long known) {
        return changes.stream()
                .flatMap(change -> change.stable().stream())
                .mapToLong(certificate -> certificate.statement().sequence())
                .reduce(known, Math::max);
    }

    /** PBFT section 4.4: for each number between min-s and max-s, what was prepared in the highest view, or null. */
    private static Map<Long, Digest> digestsByDefinition(List<Message.ViewChange> changes, long min) {
        List<Ballot> all = changes.stream()
                .flatMap(change -> change.prepared().stream())
                .map(PreparedProof::ballot)
                .toList();
        long max = all.stream().mapToLong(Ballot::sequence).max().orElse(min);
        TreeMap<Long, Digest> digests = new TreeMap<>();
        for (long n = min + 1; n <= max; n++) {
            long sequence = n;
            digests.put(
                    n,
                    all.stream()
                            .filter(ballot -> ballot.sequence() == sequence)
                            .max(java.util.Comparator.comparingLong(Ballot::view))
                            .map(Ballot::digest)
                            .orElse(Batch.NULL.digest()));
        }
        return digests;
    }
}
