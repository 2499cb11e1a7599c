package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DispersalMatrixTest {

    @Test
    void theCodedRowsAreTheOnesOfTheDefinition() {
        for (int[] nk : new int[][] {{1, 1}, {4, 3}, {10, 4}, {31, 21}, {256, 171}, {256, 1}, {256, 255}}) {
            DispersalMatrix matrix = matrix(nk[0], nk[1]);
            for (int piece = nk[1]; piece < nk[0]; piece++) {
                assertThat(unsigned(matrix.codedRow(piece))).isEqualTo(ReferenceDispersal.row(nk[1], piece));
            }
        }
    }

    /** The matrix of (n, k) is the top of the matrix of (16, k), so this covers every n up to 16. */
    @Test
    void anyKRowsAreIndependentForEveryNUpToSixteen() {
        for (int k = 1; k <= 16; k++) {
            int[][] generator = new int[16][];
            for (int i = 0; i < 16; i++) {
                generator[i] = ReferenceDispersal.row(k, i);
            }
            for (int[] subset : Subsets.of(k, 16)) {
                assertThat(isSingular(generator, subset))
                        .as("k %s, rows %s", k, subset)
                        .isFalse();
            }
        }
    }

    /** Shows that the check above can fail: these are the sets at which a Vandermonde matrix below the identity fails. */
    @Test
    void aVandermondeMatrixBelowTheIdentityIsSingularAtTheTrapSets() {
        assertThat(isSingular(identityAboveVandermonde(13, 9), InformationDispersalTest.TRAP_13_9))
                .isTrue();
        assertThat(isSingular(identityAboveVandermonde(16, 11), InformationDispersalTest.TRAP_16_11))
                .isTrue();
    }

    @Test
    void closedFormRowsEqualTheInverseByElimination() {
        SplittableRandom random = Seeded.random(DispersalMatrixTest.class);
        for (int[] nk : new int[][] {{4, 3}, {7, 5}, {16, 11}, {31, 21}, {64, 43}, {256, 40}}) {
            for (int round = 0; round < 5; round++) {
                int k = nk[1];
                int[] held = Seeded.distinct(random, k, nk[0]);
                int[][] rows = new int[k][];
                for (int c = 0; c < k; c++) {
                    rows[c] = ReferenceDispersal.row(k, held[c]);
                }
                int[][] inverse = ReferenceDispersal.invert(rows);

                DispersalMatrix matrix = matrix(nk[0], k);
                int[] lost = matrix.lostAmong(held);
                int[] actual = unsigned(matrix.rows(lost, held));

                for (int r = 0; r < lost.length; r++) {
                    assertThat(Arrays.copyOfRange(actual, r * k, (r + 1) * k))
                            .as("stripe %s from %s", lost[r], held)
                            .isEqualTo(inverse[lost[r]]);
                }
            }
        }
    }

    @Test
    void codedPiecesFromAllDataPiecesAreTheCodedRowsThemselves() {
        DispersalMatrix matrix = matrix(7, 5);

        assertThat(matrix.rows(new int[] {5, 6}, new int[] {0, 1, 2, 3, 4})).isEqualTo(matrix.codedRows());
    }

    @Test
    void aPieceThatIsHeldIsNoTarget() {
        assertThatIllegalArgumentException().isThrownBy(() -> matrix(4, 3).rows(new int[] {2}, new int[] {0, 2, 3}));
    }

    private static DispersalMatrix matrix(int n, int k) {
        return new DispersalMatrix(new DispersalParameters(n, k));
    }

    private static int[] unsigned(byte[] bytes) {
        int[] ints = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            ints[i] = bytes[i] & 0xFF;
        }
        return ints;
    }

    private static int[][] identityAboveVandermonde(int n, int k) {
        int[][] rows = new int[n][k];
        for (int j = 0; j < k; j++) {
            rows[j][j] = 1;
            int power = 1;
            for (int r = 0; r < n - k; r++) {
                rows[k + r][j] = power;
                power = ReferenceDispersal.multiply(power, j + 1);
            }
        }
        return rows;
    }

    /** Forward elimination: whether a column without a pivot turns up. */
    private static boolean isSingular(int[][] generator, int[] subset) {
        int k = subset.length;
        int[][] rows = new int[k][];
        for (int r = 0; r < k; r++) {
            rows[r] = generator[subset[r]].clone();
        }
        for (int column = 0; column < k; column++) {
            int pivot = column;
            while (pivot < k && rows[pivot][column] == 0) {
                pivot++;
            }
            if (pivot == k) {
                return true;
            }
            int[] pivotRow = rows[pivot];
            rows[pivot] = rows[column];
            rows[column] = pivotRow;
            int inverse = Gf256.inverse(pivotRow[column]);
            for (int r = column + 1; r < k; r++) {
                int multiple = Gf256.multiply(rows[r][column], inverse);
                for (int c = column; multiple != 0 && c < k; c++) {
                    rows[r][c] ^= Gf256.multiply(multiple, pivotRow[c]);
                }
            }
        }
        return false;
    }
}
