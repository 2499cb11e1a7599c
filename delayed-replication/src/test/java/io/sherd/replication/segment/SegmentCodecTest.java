package io.sherd.replication.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SegmentCodecTest {

    private final TestLedger ledger = new TestLedger(TestCluster.of(4), Seeds.random(SegmentCodecTest.class));

    @Test
    void segmentsAreReadAgain() throws WireFormatException {
        ledger.grow(40, 10, 10);
        for (Segment segment : ledger.segments()) {
            Bytes plain = SegmentCodec.encode(segment);
            assertThat(SegmentCodec.decode(plain, segment.ledgerHashBefore(), TestCluster.SMALL))
                    .isEqualTo(segment);
        }
    }

    @Test
    void aSegmentKnowsItsHashesByTheDefinition() {
        ledger.grow(3, 0, 0);
        Segment segment = ledger.segments().get(1);
        Digest hash = ledger.segments().getFirst().ledgerHashAfter();
        assertThat(segment.ledgerHashBefore()).isEqualTo(hash);
        for (LedgerEntry entry : segment.entries()) {
            hash = entry.ledgerHash(hash);
        }
        assertThat(segment.ledgerHashAfter()).isEqualTo(hash);
        assertThat(segment.entriesTree().root())
                .isEqualTo(MerkleTree.of(segment.entries().stream()
                                .map(LedgerEntry::leaf)
                                .toList())
                        .root());
    }

    @Test
    void aSegmentWithoutEntriesOrWithAGapIsTheCallersMistake() {
        assertThatThrownBy(() -> new Segment(0, Digest.ZERO, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("segment 0 with 0 entries");
        assertThatThrownBy(() -> new Segment(
                        0, Digest.ZERO, List.of(new LedgerEntry(1, Batch.NULL), new LedgerEntry(3, Batch.NULL))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("entry 3 follows entry 1");
    }

    @Test
    void everyBrokenHeaderIsRefusedForItsOwnReason() {
        refuses(header(2, 0, 1, 1), "segment of version 2, this program reads 1");
        refuses(header(1, 0, 1, 9), "9 entries in a segment, at most 8 are allowed");
        refuses(header(1, 0, 1, 0), "a segment of 0 entries from position 1");
        refuses(header(1, 0, 0, 1), "a segment of 1 entries from position 0");
        refuses(header(1, 0, Long.MAX_VALUE, 1), "a segment of 1 entries from position");
        refuses(header(1, 0, 1, 2).u32(0), "u32 of 4 bytes");
        refuses(header(1, 0, 1, 1).u32(0).u8(0), "1 bytes after the end");
    }

    @Test
    void everyTruncationIsRefused() {
        ledger.grow(1, 0, 0);
        byte[] plain = SegmentCodec.encode(ledger.segments().getFirst()).toByteArray();
        for (int size = 0; size < plain.length; size++) {
            Bytes shorter = Bytes.wrap(Arrays.copyOf(plain, size));
            assertThatThrownBy(() -> SegmentCodec.decode(shorter, Digest.ZERO, TestCluster.SMALL))
                    .isInstanceOf(WireFormatException.class);
        }
    }

    private static ByteWriter header(int version, long number, long first, int count) {
        return new ByteWriter().u8(version).u64(number).u64(first).u32(count);
    }

    private static void refuses(ByteWriter bytes, String message) {
        assertThatThrownBy(() -> SegmentCodec.decode(bytes.toBytes(), Digest.ZERO, TestCluster.SMALL))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(message);
    }
}
