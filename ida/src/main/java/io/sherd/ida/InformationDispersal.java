package io.sherd.ida;

import java.util.Arrays;
import java.util.Objects;

/**
 * Rabin's Information Dispersal Algorithm (JACM 1989): cuts a source into k stripes, makes n pieces of the size of a
 * stripe, and rebuilds the source from any k of them. The layout is drawn in the {@linkplain io.sherd.ida package page}.
 *
 * <p>Three kinds of wrong are told apart. A call that no correct caller makes (wrong number of pieces, an index twice,
 * a piece of another size than the source size implies) is an {@link IllegalArgumentException}. Pieces that no encoder
 * makes from any source of that size, recognised by their padding, are a {@link DispersalException}: the call was
 * right, the data is bad. Pieces with wrong bytes elsewhere cannot be recognised here at all: k pieces always decode to
 * something, so whoever decodes must have checked each piece against a commitment before, or check the result after.
 *
 * <p>Instances are immutable and may be used by many threads. Neither arguments nor results are kept, and a result
 * never shares an array with an argument.
 */
public final class InformationDispersal {

    private final DispersalParameters parameters;
    private final DispersalMatrix matrix;
    private final CodingKernel kernel;

    /**
     * Disperses with the fastest kernel this machine has proved: {@link CodingKernels#best()}.
     *
     * @param parameters the numbers of pieces made and needed
     */
    public InformationDispersal(DispersalParameters parameters) {
        this(parameters, CodingKernels.best());
    }

    /**
     * Disperses with a given kernel; which one makes no difference to any byte.
     *
     * @param parameters the numbers of pieces made and needed
     * @param kernel does the arithmetic
     */
    public InformationDispersal(DispersalParameters parameters, CodingKernel kernel) {
        this.parameters = parameters;
        this.matrix = new DispersalMatrix(parameters);
        this.kernel = kernel;
    }

    /** {@return the numbers of pieces made and needed} */
    public DispersalParameters parameters() {
        return parameters;
    }

    /**
     * Makes all n pieces of a whole array, as {@link #encode(byte[], int, int)} does of a range.
     *
     * @param source the source, at least 1 byte
     * @return n new arrays
     * @throws IllegalArgumentException if the source is empty
     */
    public byte[][] encode(byte[] source) {
        return encode(source, 0, source.length);
    }

    /**
     * Makes all n pieces of a range of bytes.
     *
     * @param source the array that holds the source
     * @param offset index of the first source byte
     * @param length number of source bytes, at least 1
     * @return n new arrays of {@code pieceSizeBytes(length)} bytes; those below k are the stripes of the source
     * @throws IllegalArgumentException if {@code length} is 0
     * @throws IndexOutOfBoundsException if the range does not lie inside the array
     */
    public byte[][] encode(byte[] source, int offset, int length) {
        byte[][] stripes = cut(source, offset, length);
        byte[][] coded = newPieces(parameters.codedPieceCount(), length);
        multiply(matrix.codedRows(), stripes, coded);

        byte[][] pieces = Arrays.copyOf(stripes, parameters.pieceCount());
        System.arraycopy(coded, 0, pieces, stripes.length, coded.length);
        return pieces;
    }

    /**
     * Makes one piece, at the cost of one row instead of n − k: what repair and hints need.
     *
     * @param source the whole source, at least 1 byte
     * @param pieceIndex which piece, 0 ≤ pieceIndex &lt; n
     * @return a new array, equal to {@code encode(source)[pieceIndex]}
     * @throws IllegalArgumentException if the source is empty or the index out of range
     */
    public byte[] encodePiece(byte[] source, int pieceIndex) {
        checkIndex(pieceIndex);
        if (pieceIndex < parameters.piecesNeeded()) {
            return stripe(source, 0, source.length, pieceIndex);
        }
        byte[][] coded = newPieces(1, source.length);
        multiply(matrix.codedRow(pieceIndex), cut(source, 0, source.length), coded);
        return coded[0];
    }

    /**
     * Rebuilds the source from exactly k pieces.
     *
     * @param length size of the source in bytes, at least 1, as it was when it was encoded
     * @param indexes k distinct piece indexes, in any order
     * @param pieces the pieces with these indexes, in the same order, each of {@code pieceSizeBytes(length)} bytes
     * @return a new array of exactly {@code length} bytes
     * @throws IllegalArgumentException if there are not exactly k pieces, an index is out of range or there twice, the
     *     length is not positive, or a piece has not the one size that the length implies
     * @throws DispersalException if the padding after the source's last byte is not zero: no source of this length
     *     encodes to these pieces
     */
    public byte[] decode(int length, int[] indexes, byte[][] pieces) throws DispersalException {
        checkPieces(length, indexes, pieces);
        byte[] source = new byte[length];
        for (int c = 0; c < indexes.length; c++) {
            if (indexes[c] < parameters.piecesNeeded()) {
                place(pieces[c], indexes[c], source);
            }
        }
        int[] lost = matrix.lostAmong(indexes);
        if (lost.length > 0) {
            byte[][] rebuilt = newPieces(lost.length, length);
            multiply(matrix.rows(lost, indexes), pieces, rebuilt);
            for (int r = 0; r < lost.length; r++) {
                place(rebuilt[r], lost[r], source);
            }
        }
        return source;
    }

    private void checkPieces(int length, int[] indexes, byte[][] pieces) {
        int needed = parameters.piecesNeeded();
        if (indexes.length != needed) {
            throw new IllegalArgumentException("got " + indexes.length + " piece indexes, need exactly " + needed);
        }
        if (pieces.length != needed) {
            throw new IllegalArgumentException("got " + pieces.length + " pieces, need exactly " + needed);
        }
        int size = parameters.pieceSizeBytes(length);
        boolean[] seen = new boolean[parameters.pieceCount()];
        for (int c = 0; c < needed; c++) {
            int index = indexes[c];
            checkIndex(index);
            if (seen[index]) {
                throw new IllegalArgumentException("piece index " + index + " is given twice");
            }
            seen[index] = true;
            if (pieces[c].length != size) {
                throw new IllegalArgumentException("piece " + index + " has " + pieces[c].length
                        + " bytes, a source of " + length + " bytes has pieces of " + size);
            }
        }
    }

    private void checkIndex(int pieceIndex) {
        if (pieceIndex < 0 || pieceIndex >= parameters.pieceCount()) {
            throw new IllegalArgumentException(
                    "piece index " + pieceIndex + " is out of range, must be 0.." + (parameters.pieceCount() - 1));
        }
    }

    private byte[][] cut(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        byte[][] stripes = new byte[parameters.piecesNeeded()][];
        for (int j = 0; j < stripes.length; j++) {
            stripes[j] = stripe(source, offset, length, j);
        }
        return stripes;
    }

    /** {@return stripe j of the source, zero padded to the piece size} */
    private byte[] stripe(byte[] source, int offset, int length, int index) {
        int size = parameters.pieceSizeBytes(length);
        int sourceBytes = parameters.sourceBytesInPiece(index, length);
        if (sourceBytes == 0) {
            return new byte[size];
        }
        int start = offset + index * size;
        byte[] stripe = Arrays.copyOfRange(source, start, start + sourceBytes);
        return sourceBytes == size ? stripe : Arrays.copyOf(stripe, size);
    }

    /** Copies the source bytes of a stripe to their place, and refuses padding that is not zero. */
    private void place(byte[] stripe, int index, byte[] source) throws DispersalException {
        int sourceBytes = parameters.sourceBytesInPiece(index, source.length);
        if (sourceBytes > 0) {
            System.arraycopy(stripe, 0, source, index * stripe.length, sourceBytes);
        }
        for (int i = sourceBytes; i < stripe.length; i++) {
            if (stripe[i] != 0) {
                throw new DispersalException("padding of data piece " + index + " is not zero: byte " + i + " of "
                        + stripe.length + " is " + (stripe[i] & 0xFF) + ", source bytes end at " + sourceBytes);
            }
        }
    }

    private byte[][] newPieces(int count, int length) {
        return new byte[count][parameters.pieceSizeBytes(length)];
    }

    private void multiply(byte[] coefficients, byte[][] inputs, byte[][] outputs) {
        kernel.multiplyAdd(coefficients, inputs, outputs, 0, inputs[0].length);
    }
}
