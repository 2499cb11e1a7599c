package io.sherd.replication.piece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DisperserTest {

    private final Random random = Seeds.random(DisperserTest.class);

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 10, 13})
    void anyKPiecesRebuildTheSegmentForEveryF(int n)
            throws ReassemblyException, MerkleProofException, WireFormatException {
        for (int f = 0; 3 * f < n; f++) {
            for (int k = f + 1; k <= n - f; k++) {
                TestCluster cluster = TestCluster.of(n, f, k);
                TestLedger ledger = TestLedger.of(cluster, random, n <= 7 ? 1 : 2);
                Reassembler reassembler = new Reassembler(cluster.genesis());
                for (int i = 0; i < ledger.segments().size(); i++) {
                    Disperser.Dispersed dispersed = ledger.dispersed().get(i);
                    assertThat(dispersed.pieces()).hasSize(n);
                    for (Piece piece : dispersed.pieces()) {
                        piece.verify(dispersed.commitment());
                        assertThat(piece.encoded().size())
                                .isEqualTo(Piece.encodedSizeBytes(
                                        dispersed.commitment().context(), piece.index()));
                    }
                    for (List<Piece> some : n <= 7 ? subsets(dispersed.pieces(), k) : samples(dispersed.pieces(), k)) {
                        Reassembler.Reassembled again = reassembler.reassemble(dispersed.commitment(), some);
                        assertThat(again.segment()).isEqualTo(ledger.segments().get(i));
                        assertThat(again.dispersed()).isEqualTo(dispersed);
                    }
                }
            }
        }
    }

    @Test
    void theRootIsThatOfTheDefinition() {
        for (int n : new int[] {4, 5, 7, 10, 13}) {
            TestLedger ledger = TestLedger.of(TestCluster.of(n), random, 10);
            for (Disperser.Dispersed dispersed : ledger.dispersed()) {
                assertThat(dispersed.commitment().root())
                        .isEqualTo(
                                ReferenceDisperser.root(dispersed.commitment().context(), dispersed.compressed()));
            }
        }
    }

    @Test
    void theContextSaysWhatTheSegmentIs() {
        TestLedger ledger = TestLedger.of(TestCluster.of(7, 2, 4), random, 3);
        for (int i = 0; i < 3; i++) {
            Segment segment = ledger.segments().get(i);
            SegmentContext context = ledger.commitment(i).context();
            assertThat(context.clusterId()).isEqualTo(ledger.cluster().genesis().clusterId());
            assertThat(context.pieceCount()).isEqualTo(7);
            assertThat(context.faultLimit()).isEqualTo(2);
            assertThat(context.piecesNeeded()).isEqualTo(4);
            assertThat(context.segmentNumber()).isEqualTo(i);
            assertThat(context.firstSequence()).isEqualTo(segment.firstSequence());
            assertThat(context.lastSequence()).isEqualTo(segment.lastSequence());
            assertThat(context.ledgerHashBefore()).isEqualTo(segment.ledgerHashBefore());
            assertThat(context.ledgerHashAfter()).isEqualTo(segment.ledgerHashAfter());
            assertThat(context.entriesRoot()).isEqualTo(segment.entriesTree().root());
            assertThat(context.pieceSizeBytes()).isEqualTo((context.compressedLength() + 3) / 4);
        }
    }

    @Test
    void theEpochIsBoundByEveryLeaf() {
        TestLedger ledger = TestLedger.of(TestCluster.of(4), random, 1);
        Segment segment = ledger.segments().getFirst();
        Disperser disperser = new Disperser(ledger.cluster().genesis());

        assertThat(disperser.disperse(segment, 1).commitment().root())
                .isNotEqualTo(disperser.disperse(segment, 0).commitment().root());
    }

    @Test
    void bytesOfAnotherLengthOrOfAnotherClustersShapeAreTheCallersMistake() {
        TestLedger ledger = TestLedger.of(TestCluster.of(4), random, 1);
        Disperser.Dispersed dispersed = ledger.dispersed().getFirst();
        SegmentContext context = dispersed.commitment().context();

        assertThatThrownBy(() -> new Disperser(ledger.cluster().genesis()).disperse(context, Bytes.wrap(new byte[1])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Disperser(TestCluster.of(5).genesis()).disperse(context, dispersed.compressed()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<List<Piece>> subsets(List<Piece> pieces, int k) {
        List<List<Piece>> subsets = new ArrayList<>();
        for (int bits = 0; bits < 1 << pieces.size(); bits++) {
            if (Integer.bitCount(bits) == k) {
                List<Piece> subset = new ArrayList<>();
                for (int i = 0; i < pieces.size(); i++) {
                    if ((bits >> i & 1) == 1) {
                        subset.add(pieces.get(i));
                    }
                }
                subsets.add(subset);
            }
        }
        return subsets;
    }

    private List<List<Piece>> samples(List<Piece> pieces, int k) {
        List<List<Piece>> samples = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            List<Piece> shuffled = new ArrayList<>(pieces);
            Collections.shuffle(shuffled, random);
            samples.add(shuffled.subList(0, k));
        }
        return samples;
    }
}
