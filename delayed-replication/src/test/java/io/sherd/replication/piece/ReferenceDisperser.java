package io.sherd.replication.piece;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The slow twin of {@link Disperser}: the matrix [I ; C] over GF(2^8), byte by byte, and each hash by its definition. */
final class ReferenceDisperser {

    private static final int POLYNOMIAL = 0x11d;

    private ReferenceDisperser() {}

    static Digest root(SegmentContext context, Bytes compressed) {
        List<Digest> leaves = new ArrayList<>();
        for (int index = 0; index < context.pieceCount(); index++) {
            leaves.add(Sha256.of(new ByteWriter()
                    .u8(0)
                    .raw(context.encoded())
                    .u16(index)
                    .raw(piece(index, context.piecesNeeded(), compressed))
                    .toByteArray()));
        }
        return MerkleTree.of(leaves).root();
    }

    private static byte[] piece(int index, int k, Bytes source) {
        int size = (source.size() + k - 1) / k;
        byte[] piece = new byte[size];
        for (int at = 0; at < size; at++) {
            int sum = 0;
            for (int stripe = 0; stripe < k; stripe++) {
                int position = stripe * size + at;
                int value = position < source.size() ? source.at(position) & 0xff : 0;
                sum ^= multiply(coefficient(index, stripe, k), value);
            }
            piece[at] = (byte) sum;
        }
        return piece;
    }

    private static int coefficient(int row, int column, int k) {
        if (row < k) {
            return row == column ? 1 : 0;
        }
        for (int inverse = 1; inverse < 256; inverse++) {
            if (multiply(inverse, row ^ column) == 1) {
                return inverse;
            }
        }
        throw new AssertionError("0 has no inverse");
    }

    private static int multiply(int a, int b) {
        int product = 0;
        for (int bit = 7; bit >= 0; bit--) {
            product <<= 1;
            product ^= (product & 0x100) == 0 ? 0 : POLYNOMIAL;
            product ^= (b >> bit & 1) == 0 ? 0 : a;
        }
        return product;
    }
}
