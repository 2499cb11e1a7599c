package io.sherd.replication.piece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A valid piece, broken one step at a time. */
final class PieceTest {

    private final TestLedger ledger = TestLedger.of(TestCluster.of(5), Seeds.random(PieceTest.class), 2);
    private final Commitment commitment = ledger.commitment(0);
    private final Piece valid = ledger.dispersed().getFirst().pieces().get(2);

    @Test
    void aPieceIsReadAgain() throws WireFormatException, MerkleProofException {
        for (Piece piece : ledger.dispersed().getFirst().pieces()) {
            assertThat(Piece.decode(piece.encoded())).isEqualTo(piece);
            piece.verify(commitment);
        }
    }

    @Test
    void aPieceOfAnotherSegmentIsRefused() {
        refuses(new Piece(1, 2, valid.siblings(), valid.bytes()), "a piece of segment 1 for segment 0");
    }

    @Test
    void anIndexThatThereIsNotIsRefused() {
        refuses(new Piece(0, 5, valid.siblings(), valid.bytes()), "piece index 5, segment 0 has 5 pieces");
    }

    @Test
    void aPieceOfAnotherSizeIsRefused() {
        Bytes longer = Bytes.wrap(
                Arrays.copyOf(valid.bytes().toByteArray(), valid.bytes().size() + 1));
        refuses(
                new Piece(0, 2, valid.siblings(), longer),
                "piece 2 of segment 0 has %d bytes, not %d"
                        .formatted(longer.size(), valid.bytes().size()));
    }

    @Test
    void anyFlippedBitOfThePieceOrItsPathIsRefused() {
        for (int i = 0; i < valid.bytes().size(); i++) {
            byte[] bytes = valid.bytes().toByteArray();
            bytes[i] ^= 4;
            mismatches(new Piece(0, 2, valid.siblings(), Bytes.wrap(bytes)));
        }
        for (int i = 0; i < valid.siblings().size(); i++) {
            List<Digest> siblings = new ArrayList<>(valid.siblings());
            siblings.set(i, TestCluster.hash("another"));
            mismatches(new Piece(0, 2, siblings, valid.bytes()));
        }
    }

    @Test
    void aPathOfAnotherLengthIsRefused() {
        List<Digest> shorter = valid.siblings().subList(1, valid.siblings().size());
        List<Digest> longer = new ArrayList<>(valid.siblings());
        longer.add(Digest.ZERO);
        proofFails(new Piece(0, 2, shorter, valid.bytes()), MerkleProofException.Reason.WRONG_LENGTH);
        proofFails(new Piece(0, 2, longer, valid.bytes()), MerkleProofException.Reason.WRONG_LENGTH);
    }

    @Test
    void aPieceIsNotTakenForAnotherIndex() {
        mismatches(new Piece(0, 3, valid.siblings(), valid.bytes()));
    }

    @Test
    void aPieceIsNotTakenUnderAnotherContext() {
        SegmentContext c = commitment.context();
        SegmentContext nextEpoch = new SegmentContext(
                c.clusterId(),
                c.epoch() + 1,
                c.pieceCount(),
                c.faultLimit(),
                c.piecesNeeded(),
                c.codec(),
                c.segmentNumber(),
                c.firstSequence(),
                c.lastSequence(),
                c.compressedLength(),
                c.plainLength(),
                c.ledgerHashBefore(),
                c.ledgerHashAfter(),
                c.entriesRoot());
        assertThatThrownBy(() -> valid.verify(new Commitment(nextEpoch, commitment.root())))
                .isInstanceOf(MerkleProofException.class);
    }

    @Test
    void everyFieldOfTheContextIsUnderTheLeaf() throws WireFormatException {
        byte[] bytes = commitment.context().encoded().toByteArray();
        Digest leaf = commitment.context().leaf(2, valid.bytes());
        for (int i = 1; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            SegmentContext other;
            try {
                other = SegmentContext.decode(new ByteReader(changed));
            } catch (WireFormatException e) {
                assertThat(e.getMessage()).startsWith("segment context: ");
                continue;
            }
            assertThat(other.leaf(2, valid.bytes())).isNotEqualTo(leaf);
        }
    }

    @Test
    void brokenBytesAreRefusedForTheirOwnReason() {
        byte[] bytes = valid.encoded().toByteArray();
        decodeRefuses(new ByteWriter().u8(2).toBytes(), "piece of version 2, this program reads 1");
        decodeRefuses(
                new ByteWriter().u8(1).u64(0).u16(0).u8(9).toBytes(), "a path of 9 siblings, at most 8 lead to 256");
        decodeRefuses(Bytes.wrap(Arrays.copyOf(bytes, bytes.length + 1)), "1 bytes after the end");
        for (int size = 0; size < bytes.length; size++) {
            decodeRefuses(Bytes.wrap(Arrays.copyOf(bytes, size)), "");
        }
    }

    @Test
    void impossibleContextsAreRefused() {
        SegmentContext c = commitment.context();
        contextRefuses(() -> context(c, 0, 0, 10, 20));
        contextRefuses(() -> context(c, 5, 4, 10, 20));
        contextRefuses(() -> context(c, 1, 4, 0, 20));
        contextRefuses(() -> context(c, 1, 4, 21, 20));
        assertThatThrownBy(() -> SegmentContext.decode(new ByteReader(new byte[] {2})))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("segment context of version 2, this program reads 1");
    }

    private static SegmentContext context(SegmentContext c, long first, long last, int compressed, int plain) {
        return new SegmentContext(
                c.clusterId(),
                0,
                c.pieceCount(),
                c.faultLimit(),
                c.piecesNeeded(),
                0,
                0,
                first,
                last,
                compressed,
                plain,
                c.ledgerHashBefore(),
                c.ledgerHashAfter(),
                c.entriesRoot());
    }

    private static void contextRefuses(ThrowingCallable made) {
        assertThatThrownBy(made).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("segment 0 of");
    }

    private void refuses(Piece piece, String message) {
        assertThatThrownBy(() -> piece.verify(commitment))
                .isInstanceOf(WireFormatException.class)
                .hasMessage(message);
    }

    private void mismatches(Piece piece) {
        proofFails(piece, MerkleProofException.Reason.ROOT_MISMATCH);
    }

    private void proofFails(Piece piece, MerkleProofException.Reason reason) {
        assertThatThrownBy(() -> piece.verify(commitment))
                .isInstanceOfSatisfying(
                        MerkleProofException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private static void decodeRefuses(Bytes bytes, String message) {
        assertThatThrownBy(() -> Piece.decode(bytes))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(message);
    }
}
