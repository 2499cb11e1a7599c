package io.sherd.ida;

/**
 * The slow twin: dispersal by its definition, one byte at a time. Products are long multiplication of polynomials and
 * remainder by 0x11D, inverses are searched, decoding is Gauss-Jordan elimination. It shares no code with what it checks.
 */
final class ReferenceDispersal {

    private ReferenceDispersal() {}

    static int multiply(int a, int b) {
        int product = 0;
        for (int bit = 0; bit < 8; bit++) {
            if ((b >> bit & 1) == 1) {
                product ^= a << bit;
            }
        }
        for (int bit = 14; bit >= 8; bit--) {
            if ((product >> bit & 1) == 1) {
                product ^= 0x11D << (bit - 8);
            }
        }
        return product;
    }

    static int inverse(int a) {
        for (int candidate = 1; candidate < 256; candidate++) {
            if (multiply(a, candidate) == 1) {
                return candidate;
            }
        }
        throw new ArithmeticException("no inverse of " + a);
    }

    /** Row {@code piece} of [I ; C]. */
    static int[] row(int k, int piece) {
        int[] row = new int[k];
        for (int j = 0; j < k; j++) {
            row[j] = piece < k ? (piece == j ? 1 : 0) : inverse(piece ^ j);
        }
        return row;
    }

    static byte[][] encode(int n, int k, byte[] source) {
        int size = (source.length + k - 1) / k;
        byte[][] pieces = new byte[n][size];
        for (int i = 0; i < n; i++) {
            int[] row = row(k, i);
            for (int p = 0; p < size; p++) {
                int sum = 0;
                for (int j = 0; j < k; j++) {
                    int at = j * size + p;
                    sum ^= multiply(row[j], at < source.length ? source[at] & 0xFF : 0);
                }
                pieces[i][p] = (byte) sum;
            }
        }
        return pieces;
    }

    static byte[] decode(int k, int length, int[] indexes, byte[][] pieces) {
        int[][] rows = new int[k][];
        for (int c = 0; c < k; c++) {
            rows[c] = row(k, indexes[c]);
        }
        int[][] inverse = invert(rows);
        int size = (length + k - 1) / k;
        byte[] source = new byte[length];
        for (int at = 0; at < length; at++) {
            int sum = 0;
            for (int c = 0; c < k; c++) {
                sum ^= multiply(inverse[at / size][c], pieces[c][at % size] & 0xFF);
            }
            source[at] = (byte) sum;
        }
        return source;
    }

    static int[][] invert(int[][] matrix) {
        int k = matrix.length;
        int[][] work = new int[k][2 * k];
        for (int r = 0; r < k; r++) {
            System.arraycopy(matrix[r], 0, work[r], 0, k);
            work[r][k + r] = 1;
        }
        for (int column = 0; column < k; column++) {
            int pivot = column;
            while (pivot < k && work[pivot][column] == 0) {
                pivot++;
            }
            if (pivot == k) {
                throw new ArithmeticException("the rows are not independent");
            }
            int[] swapped = work[pivot];
            work[pivot] = work[column];
            work[column] = swapped;
            int factor = inverse(swapped[column]);
            for (int c = 0; c < 2 * k; c++) {
                swapped[c] = multiply(swapped[c], factor);
            }
            for (int r = 0; r < k; r++) {
                int multiple = work[r][column];
                if (r != column && multiple != 0) {
                    for (int c = 0; c < 2 * k; c++) {
                        work[r][c] ^= multiply(multiple, swapped[c]);
                    }
                }
            }
        }
        int[][] inverse = new int[k][k];
        for (int r = 0; r < k; r++) {
            System.arraycopy(work[r], k, inverse[r], 0, k);
        }
        return inverse;
    }
}
