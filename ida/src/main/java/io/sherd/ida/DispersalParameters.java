package io.sherd.ida;

/**
 * How many pieces a source is dispersed into, and how many of them rebuild it (Rabin 1989's n and m; Sherd writes n and k).
 *
 * <p>Every bound is checked here and every size is derived here, so that the rest of the module can rely on both.
 *
 * @param pieceCount n, the number of pieces made; at most {@value #MAX_PIECE_COUNT}
 * @param piecesNeeded k, the number of distinct pieces that suffice to decode; 1 ≤ k ≤ n
 */
public record DispersalParameters(int pieceCount, int piecesNeeded) {

    /** The size of the field: every piece needs a field element of its own. */
    public static final int MAX_PIECE_COUNT = 256;

    /**
     * Checks 1 ≤ k ≤ n ≤ 256.
     *
     * @throws IllegalArgumentException if the bounds do not hold
     */
    public DispersalParameters {
        if (pieceCount < 1 || pieceCount > MAX_PIECE_COUNT) {
            throw new IllegalArgumentException("pieceCount is " + pieceCount + ", must be 1.." + MAX_PIECE_COUNT);
        }
        if (piecesNeeded < 1 || piecesNeeded > pieceCount) {
            throw new IllegalArgumentException(
                    "piecesNeeded is " + piecesNeeded + ", must be 1.." + pieceCount + " (pieceCount)");
        }
    }

    /** {@return n − k, the number of pieces that are not themselves stripes of the source} */
    public int codedPieceCount() {
        return pieceCount - piecesNeeded;
    }

    /**
     * The size of every piece: {@code ceil(sourceSizeBytes / k)}. No other size is canonical for this source size.
     *
     * @param sourceSizeBytes size of the source in bytes, at least 1
     * @return the piece size in bytes, at least 1
     * @throws IllegalArgumentException if the source is empty: an empty source cannot be dispersed
     */
    public int pieceSizeBytes(int sourceSizeBytes) {
        if (sourceSizeBytes < 1) {
            throw new IllegalArgumentException("source size is " + sourceSizeBytes
                    + " bytes, must be at least 1: an empty source is not dispersed");
        }
        return (sourceSizeBytes - 1) / piecesNeeded + 1;
    }

    /**
     * How many bytes of a data piece are source bytes; the rest of it is zero padding. All stripes but the last few
     * are full; a short source leaves whole stripes of padding (4 bytes with k = 3 are stripes of 2, 2 and 0).
     *
     * @param pieceIndex index of a data piece, 0 ≤ pieceIndex &lt; k
     * @param sourceSizeBytes size of the source in bytes, at least 1
     * @return a number of bytes from 0 to {@link #pieceSizeBytes}
     * @throws IllegalArgumentException if the index is not that of a data piece, or the source is empty
     */
    public int sourceBytesInPiece(int pieceIndex, int sourceSizeBytes) {
        if (pieceIndex < 0 || pieceIndex >= piecesNeeded) {
            throw new IllegalArgumentException(
                    "piece index is " + pieceIndex + ", data pieces are 0.." + (piecesNeeded - 1));
        }
        int size = pieceSizeBytes(sourceSizeBytes);
        long remaining = sourceSizeBytes - (long) pieceIndex * size;
        return Math.clamp(remaining, 0, size);
    }
}
