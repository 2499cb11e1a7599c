package io.sherd.replication.piece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.ida.DispersalParameters;
import io.sherd.ida.InformationDispersal;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What more than f liars could have certified: pieces that verify and do not make what their commitment says. Each lie is
 * made from a true segment by changing one thing and committing to the result.
 */
final class ReassemblerProbesTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final TestLedger ledger = TestLedger.of(cluster, Seeds.random(ReassemblerProbesTest.class), 3);
    private final Segment segment = ledger.segments().get(1);
    private final Bytes plain = SegmentCodec.encode(segment);
    private final Bytes compressed = ledger.dispersed().get(1).compressed();
    private final Reassembler reassembler = new Reassembler(cluster.genesis());

    /** A context to change one field of. */
    private final class Lie {
        private final SegmentContext truth = ledger.commitment(1).context();
        int codec = truth.codec();
        long number = truth.segmentNumber();
        long first = truth.firstSequence();
        long last = truth.lastSequence();
        int plainLength = truth.plainLength();
        Digest before = truth.ledgerHashBefore();
        Digest after = truth.ledgerHashAfter();
        Digest entries = truth.entriesRoot();
        Bytes bytes = compressed;

        SegmentContext context() {
            return new SegmentContext(
                    truth.clusterId(),
                    truth.epoch(),
                    4,
                    1,
                    3,
                    codec,
                    number,
                    first,
                    last,
                    bytes.size(),
                    plainLength,
                    before,
                    after,
                    entries);
        }

        void isRefused(String message) {
            Disperser.Dispersed certified = new Disperser(cluster.genesis()).disperse(context(), bytes);
            assertThatThrownBy(() -> reassembler.reassemble(
                            certified.commitment(), certified.pieces().subList(1, 4)))
                    .isInstanceOf(ReassemblyException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void theUnchangedSegmentIsRebuilt() throws ReassemblyException {
        assertThat(reassembler
                        .reassemble(
                                ledger.commitment(1),
                                ledger.dispersed().get(1).pieces().subList(1, 4))
                        .segment())
                .isEqualTo(segment);
    }

    @Test
    void anotherNumberIsRefused() {
        Lie lie = new Lie();
        lie.number = 7;
        lie.isRefused("segment 7: the segment number differs");
    }

    @Test
    void anotherFirstPositionIsRefused() {
        Lie lie = new Lie();
        lie.first--;
        lie.isRefused("the first position differs");
    }

    @Test
    void anotherLastPositionIsRefused() {
        Lie lie = new Lie();
        lie.last++;
        lie.isRefused("the last position differs");
    }

    @Test
    void anotherEntriesRootIsRefused() {
        Lie lie = new Lie();
        lie.entries = TestCluster.hash("other entries");
        lie.isRefused("the entries' root differs");
    }

    @Test
    void anotherLedgerHashAfterIsRefused() {
        Lie lie = new Lie();
        lie.after = TestCluster.hash("another ledger");
        lie.isRefused("the ledger hash differs");
    }

    @Test
    void anotherLedgerHashBeforeIsRefused() {
        Lie lie = new Lie();
        lie.before = TestCluster.hash("another past");
        lie.isRefused("the ledger hash differs");
    }

    @Test
    void anotherPlainLengthIsRefused() {
        Lie lie = new Lie();
        lie.plainLength++;
        lie.isRefused("%d declared".formatted(lie.plainLength));
    }

    @Test
    void aPlainLengthOverTheLimitIsRefusedBeforeItIsAllocated() {
        Lie lie = new Lie();
        lie.plainLength = Integer.MAX_VALUE;
        lie.isRefused("declared length 2147483647, at most %d bytes are allowed"
                .formatted(TestCluster.SMALL.maxSegmentBytes()));
    }

    @Test
    void anotherCodecIsRefused() {
        Lie raw = new Lie();
        raw.codec = SegmentCompression.RAW;
        raw.isRefused("raw segment of");
        Lie unknown = new Lie();
        unknown.codec = 9;
        unknown.isRefused("unknown codec 9");
    }

    @Test
    void bytesThatAreNoSegmentAreRefused() {
        Lie tail = new Lie();
        tail.codec = SegmentCompression.RAW;
        tail.bytes = Bytes.wrap(Arrays.copyOf(plain.toByteArray(), plain.size() + 1));
        tail.plainLength = plain.size() + 1;
        tail.isRefused("1 bytes after the end of the value");
        Lie nothing = new Lie();
        nothing.codec = SegmentCompression.RAW;
        nothing.bytes = Bytes.wrap(new byte[] {9});
        nothing.plainLength = 1;
        nothing.isRefused("segment of version 9");
    }

    /** A root over pieces that are not one codeword: any k of them decode, and to different things. */
    @Test
    void piecesThatAreNotOneCodewordAreRefusedWhicheverAreUsed() {
        SegmentContext context = ledger.commitment(1).context();
        byte[][] pieces = new InformationDispersal(new DispersalParameters(4, 3)).encode(compressed.toByteArray());
        pieces[3][0] ^= 1;
        Disperser.Dispersed certified = commit(context, pieces);
        for (int left = 0; left < 4; left++) {
            List<Piece> some = new ArrayList<>(certified.pieces());
            some.remove(left);
            assertThatThrownBy(() -> reassembler.reassemble(certified.commitment(), some))
                    .isInstanceOf(ReassemblyException.class)
                    .hasMessage("segment 1: the pieces' root differs from the commitment's");
        }
    }

    @Test
    void paddingThatIsNotZeroIsRefused() {
        int number = -1;
        for (int i = 0; i < ledger.segments().size(); i++) {
            number = ledger.commitment(i).context().compressedLength() % 3 != 0 ? i : number;
        }
        assertThat(number).as("a segment with padding").isNotNegative();
        Disperser.Dispersed dispersed = ledger.dispersed().get(number);
        byte[][] pieces = new InformationDispersal(new DispersalParameters(4, 3))
                .encode(dispersed.compressed().toByteArray());
        pieces[2][pieces[2].length - 1] = 1;
        Disperser.Dispersed certified = commit(dispersed.commitment().context(), pieces);

        assertThatThrownBy(() -> reassembler.reassemble(
                        certified.commitment(), certified.pieces().subList(0, 3)))
                .isInstanceOf(ReassemblyException.class)
                .hasMessageContaining("padding of data piece 2 is not zero");
    }

    @Test
    void aWrongNumberOfPiecesOrOneTwiceIsTheCallersMistake() {
        List<Piece> pieces = ledger.dispersed().get(1).pieces();
        for (List<Piece> wrong :
                List.of(pieces.subList(0, 2), pieces, List.of(pieces.get(0), pieces.get(0), pieces.get(1)))) {
            assertThatThrownBy(() -> reassembler.reassemble(ledger.commitment(1), wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Disperser.Dispersed commit(SegmentContext context, byte[][] bytes) {
        List<Digest> leaves = new ArrayList<>();
        for (int index = 0; index < bytes.length; index++) {
            leaves.add(context.leaf(index, Bytes.wrap(bytes[index])));
        }
        MerkleTree tree = MerkleTree.of(leaves);
        List<Piece> pieces = new ArrayList<>();
        for (int index = 0; index < bytes.length; index++) {
            Bytes piece = Bytes.wrap(bytes[index]);
            pieces.add(
                    new Piece(context.segmentNumber(), index, tree.path(index).siblings(), piece));
        }
        return new Disperser.Dispersed(new Commitment(context, tree.root()), pieces, Bytes.EMPTY);
    }
}
