package io.sherd.ida;

import java.util.Arrays;

/**
 * The systematic generator matrix {@code [I ; C]}: row i makes piece i from the k stripes of the source.
 *
 * <p>The upper k rows are the identity. The lower n − k rows are the Cauchy matrix {@code C[r][j] = 1 / ((k + r) XOR j)}.
 * A square submatrix of a Cauchy matrix is a Cauchy matrix and never singular, so any k rows of {@code [I ; C]} are
 * independent: any k pieces decode. (A Vandermonde matrix under the identity does not have this property; Plank and
 * Ding 2005 corrected Plank 1997 on it.) Intel ISA-L makes the same matrix in {@code gf_gen_cauchy1_matrix}.
 *
 * <h2>Decoding without elimination</h2>
 *
 * Piece i belongs to the field element i. Let K be the k pieces held, {@code coded} those of them with i ≥ k, and
 * {@code lost} the data indexes not in K; both have the same number e of members. A piece t outside K is then
 *
 * <pre>
 *   piece[t] = sum over i in K of  u[i] · v[t] / (t − i) · piece[i]
 *
 *   u[i] = product over m in lost of (i − m)   /  product over p in coded, p ≠ i, of (i − p)
 *   v[t] = product over p in coded of (t − p)  /  product over m in lost, m ≠ t, of (t − m)
 * </pre>
 *
 * where − is XOR. Reason: with M(z) the product of (z − j) over all j &lt; k, the polynomial P of degree &lt; k with
 * P(j) = M'(j) · stripe[j] has P(i) = M(i) · piece[i] at every coded i, because of how C is defined. Lagrange
 * interpolation of P through K gives the sum above after the common factors of M cancel. On the coded columns it is the
 * classical closed-form inverse of a Cauchy matrix (Rabin 1989, p. 340). Products are sums of logarithms; the cost is
 * about 3·e·k table look-ups, a few microseconds at n = 64, k = 43, so nothing is cached per set of pieces.
 */
final class DispersalMatrix {

    private final DispersalParameters parameters;
    private final byte[] codedRows;

    DispersalMatrix(DispersalParameters parameters) {
        this.parameters = parameters;
        this.codedRows = cauchy(parameters);
    }

    private static byte[] cauchy(DispersalParameters parameters) {
        int k = parameters.piecesNeeded();
        byte[] rows = new byte[parameters.codedPieceCount() * k];
        for (int r = 0; r < parameters.codedPieceCount(); r++) {
            for (int j = 0; j < k; j++) {
                rows[r * k + j] = (byte) Gf256.inverse((k + r) ^ j);
            }
        }
        return rows;
    }

    /** {@return C, all n − k rows of k coefficients, row by row; a shared array that nobody may write to} */
    byte[] codedRows() {
        return codedRows;
    }

    /** {@return a copy of the one row of C that makes the given coded piece, its index at least k} */
    byte[] codedRow(int pieceIndex) {
        int k = parameters.piecesNeeded();
        int start = (pieceIndex - k) * k;
        return Arrays.copyOfRange(codedRows, start, start + k);
    }

    /**
     * The coefficients that make pieces one does not hold from k pieces one holds.
     *
     * @param targets indexes of the pieces wanted, none of them held
     * @param held k distinct piece indexes, in any order
     * @return one row of k coefficients per target; column c belongs to {@code held[c]}
     * @throws IllegalArgumentException if a target is held
     */
    byte[] rows(int[] targets, int[] held) {
        int k = parameters.piecesNeeded();
        int[] lost = lostAmong(held);
        int[] coded = Arrays.stream(held).filter(index -> index >= k).toArray();

        int[] logU = new int[k];
        for (int c = 0; c < k; c++) {
            logU[c] = logProduct(held[c], lost) - logProduct(held[c], coded);
        }
        byte[] rows = new byte[targets.length * k];
        for (int r = 0; r < targets.length; r++) {
            int target = targets[r];
            int logV = logProduct(target, coded) - logProduct(target, lost);
            for (int c = 0; c < k; c++) {
                rows[r * k + c] = (byte) Gf256.exp(logU[c] + logV - Gf256.log(target ^ held[c]));
            }
        }
        return rows;
    }

    /** {@return the indexes of the data pieces that are not held, ascending} */
    int[] lostAmong(int[] held) {
        boolean[] isHeld = new boolean[parameters.pieceCount()];
        for (int index : held) {
            isHeld[index] = true;
        }
        int lostCount = 0;
        int[] lost = new int[parameters.piecesNeeded()];
        for (int j = 0; j < parameters.piecesNeeded(); j++) {
            if (!isHeld[j]) {
                lost[lostCount++] = j;
            }
        }
        return Arrays.copyOf(lost, lostCount);
    }

    /** {@return the logarithm of the product of (point − other), over all others that are not the point itself} */
    private static int logProduct(int point, int[] others) {
        int sum = 0;
        for (int other : others) {
            if (other != point) {
                sum += Gf256.log(point ^ other);
            }
        }
        return sum;
    }
}
