package io.sherd.replication.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SegmentBuilderTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final Limits limits = TestCluster.SMALL;
    private final SegmentBuilder builder =
            new SegmentBuilder(limits, 0, 1, cluster.genesis().clusterId());

    private Batch operation(int payloadBytes) {
        return Batch.of(List.of(
                Request.Operation.sign(cluster.domain(), cluster.client(), 1, Bytes.wrap(new byte[payloadBytes]))));
    }

    /** A batch of exactly so many bytes. */
    private Batch sized(int bytes) {
        return operation(bytes - 8 - Request.Operation.OVERHEAD_BYTES);
    }

    private Optional<Segment> add(Batch batch) {
        return builder.add(new LedgerEntry(builder.nextSequence(), batch));
    }

    @Test
    void aSegmentClosesWithTheEntryThatReachesTheTarget() {
        assertThat(sized(600).sizeBytes()).isEqualTo(600);
        assertThat(add(sized(600))).isEmpty();
        assertThat(add(sized(limits.segmentTargetBytes() - 601))).isEmpty();
        assertThat(builder.isAtClosing()).isFalse();
        // One byte below the target; the null batch of 4 bytes passes it.
        assertThat(add(Batch.NULL))
                .hasValueSatisfying(segment -> assertThat(segment.entries()).hasSize(3));
        assertThat(builder.isAtClosing()).isTrue();
        assertThat(add(sized(limits.segmentTargetBytes()))).isPresent();
        assertThat(add(sized(limits.segmentTargetBytes() - 1))).isEmpty();
    }

    @Test
    void aSegmentClosesWithTheEntryThatReachesTheInterval() {
        for (int i = 1; i < limits.checkpointInterval(); i++) {
            assertThat(add(Batch.NULL)).isEmpty();
        }
        assertThat(add(Batch.NULL)).hasValueSatisfying(segment -> {
            assertThat(segment.entries()).hasSize(limits.checkpointInterval());
            assertThat(segment.closedBy()).isEqualTo(Batch.Kind.NULL);
            assertThat(segment.isStateCheckpoint(limits)).isFalse();
        });
    }

    @Test
    void aSealClosesItsSegmentAndIsAStateCheckpoint() {
        assertThat(add(operation(1))).isEmpty();
        assertThat(add(Batch.of(List.of(Request.Seal.at(2))))).hasValueSatisfying(segment -> {
            assertThat(segment.firstSequence()).isEqualTo(1);
            assertThat(segment.lastSequence()).isEqualTo(2);
            assertThat(segment.closedBy()).isEqualTo(Batch.Kind.SEAL);
            assertThat(segment.isStateCheckpoint(limits)).isTrue();
        });
    }

    @Test
    void anEpochEntryClosesItsSegmentAndIsAStateCheckpoint() {
        Request rejoin =
                Request.Rejoin.sign(cluster.domain(), cluster.replicas().getFirst(), 0, 0, TestCluster.directory(5));
        assertThat(add(Batch.of(List.of(rejoin)))).hasValueSatisfying(segment -> {
            assertThat(segment.closedBy()).isEqualTo(Batch.Kind.EPOCH);
            assertThat(segment.isStateCheckpoint(limits)).isTrue();
        });
    }

    @Test
    void everyMthCheckpointIsAStateCheckpoint() {
        List<Boolean> state = new ArrayList<>();
        while (state.size() < 8) {
            add(sized(400)).ifPresent(segment -> state.add(segment.isStateCheckpoint(limits)));
        }
        assertThat(state).containsExactly(false, false, false, true, false, false, false, true);
    }

    @Test
    void segmentsChainAndABuilderThatGoesOnCutsTheSame() {
        Random random = Seeds.random(SegmentBuilderTest.class);
        TestLedger ledger = new TestLedger(cluster, random);
        ledger.grow(30, 10, 10);
        List<LedgerEntry> entries =
                ledger.segments().stream().flatMap(s -> s.entries().stream()).toList();
        for (int start = 0; start < ledger.segments().size(); start++) {
            Segment first = ledger.segments().get(start);
            SegmentBuilder later = new SegmentBuilder(limits, start, first.firstSequence(), first.ledgerHashBefore());
            List<Segment> cut = new ArrayList<>();
            entries.subList((int) first.firstSequence() - 1, entries.size())
                    .forEach(entry -> later.add(entry).ifPresent(cut::add));
            assertThat(cut).isEqualTo(ledger.segments().subList(start, 30));
            assertThat(later.ledgerHash()).isEqualTo(ledger.segments().getLast().ledgerHashAfter());
            assertThat(later.segmentNumber()).isEqualTo(30);
        }
    }

    @Test
    void anEntryThatIsNotTheNextIsOurOwnBug() {
        assertThatThrownBy(() -> builder.add(new LedgerEntry(2, Batch.NULL)))
                .isInstanceOf(Invariant.Violation.class)
                .hasMessage("entry 2 added, 1 expected");
    }

    @Test
    void noSegmentIsLargerThanTheLimitsPromise() {
        add(sized(limits.segmentTargetBytes() - 1));
        Segment largest = add(Batch.of(List.of(
                        request(limits.requestBytes() / 2),
                        request(limits.batchBytes() - limits.requestBytes() / 2 - 12))))
                .orElseThrow();
        assertThat(largest.entries().getLast().batch().sizeBytes()).isEqualTo(limits.batchBytes());
        assertThat(SegmentCodec.encode(largest).size()).isLessThanOrEqualTo(limits.maxSegmentBytes());
    }

    private Request request(int bytes) {
        return Request.Operation.sign(
                cluster.domain(), cluster.client(), 1, Bytes.wrap(new byte[bytes - Request.Operation.OVERHEAD_BYTES]));
    }
}
