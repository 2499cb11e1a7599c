package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every coding kernel does, whatever its blocks, vectors and tails. */
abstract class CodingKernelContract {

    abstract CodingKernel kernel();

    @Test
    void addsTheProductAtEveryPositionOfTheRangeAndNowhereElse() {
        SplittableRandom random = Seeded.random(getClass());
        int[] lengths = {0, 1, 7, 63, 64, 65, 127, 128, 129, 191, 1_000};
        int[] offsets = {0, 1, 3, 31, 64, 77};
        for (int length : lengths) {
            for (int offset : offsets) {
                int rows = 1 + random.nextInt(5);
                int columns = 1 + random.nextInt(8);
                assertIsTheProduct(
                        random, rows, columns, offset + length + random.nextInt(70), offset, offset + length);
            }
        }
    }

    @Test
    void everyNumberOfRowsAndColumnsIsCoded() {
        SplittableRandom random = Seeded.random(getClass());
        for (int rows = 0; rows <= 22; rows++) {
            for (int columns : new int[] {1, 2, 3, 4, 5, 6, 7, 12, 43}) {
                assertIsTheProduct(random, rows, columns, 150, 5, 140);
            }
        }
    }

    @Test
    void rangesLongerThanABlockAreCoded() {
        SplittableRandom random = Seeded.random(getClass());
        assertIsTheProduct(random, 2, 3, 8 * 1024 + 1, 0, 8 * 1024 + 1);
        assertIsTheProduct(random, 3, 4, 20_011, 13, 20_000);
    }

    @Test
    void everyCoefficientTimesEveryByteIsRight() {
        byte[] everyByte = new byte[256];
        for (int i = 0; i < 256; i++) {
            everyByte[i] = (byte) i;
        }
        for (int column = 0; column < 3; column++) {
            byte[][] inputs = new byte[3][256];
            inputs[column] = everyByte;
            for (int coefficient = 0; coefficient < 256; coefficient++) {
                byte[] coefficients = new byte[3];
                coefficients[column] = (byte) coefficient;
                byte[][] outputs = new byte[1][256];
                kernel().multiplyAdd(coefficients, inputs, outputs, 0, 256);
                for (int i = 0; i < 256; i++) {
                    assertThat(outputs[0][i] & 0xFF)
                            .as("column %s: %s * %s", column, coefficient, i)
                            .isEqualTo(ReferenceDispersal.multiply(coefficient, i));
                }
            }
        }
    }

    @Test
    void oneInputMayOccurTwice() {
        byte[] input = Seeded.bytes(Seeded.random(getClass()), 200);
        byte[][] outputs = new byte[1][200];

        kernel().multiplyAdd(new byte[] {77, 77}, new byte[][] {input, input}, outputs, 0, 200);

        assertThat(outputs[0]).containsOnly(0);
    }

    @Test
    void aMatrixThatDoesNotFitIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kernel().multiplyAdd(new byte[5], new byte[3][8], new byte[2][8], 0, 8))
                .withMessage("matrix has 5 coefficients, 2 outputs from 3 inputs need 6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kernel().multiplyAdd(new byte[0], new byte[0][8], new byte[2][8], 0, 8))
                .withMessage("no inputs");
    }

    @Test
    void aRangeOutsideAnyArrayIsRefusedBeforeAnythingIsWritten() {
        byte[][] inputs = {new byte[100], new byte[99]};
        Arrays.fill(inputs[0], (byte) 1);
        byte[][] outputs = {new byte[100], new byte[100]};

        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> kernel().multiplyAdd(new byte[] {1, 1, 1, 1}, inputs, outputs, 0, 100));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> kernel().multiplyAdd(new byte[] {1, 1, 1, 1}, inputs, outputs, -1, 50));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> kernel().multiplyAdd(new byte[] {1, 1, 1, 1}, inputs, outputs, 51, 50));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> kernel().multiplyAdd(new byte[] {1, 1, 1, 1}, outputs, inputs, 0, 100));
        assertThat(outputs[0]).containsOnly(0);
        assertThat(outputs[1]).containsOnly(0);
        assertThat(inputs[0]).containsOnly(1);
    }

    private void assertIsTheProduct(SplittableRandom random, int rows, int columns, int size, int from, int to) {
        byte[] coefficients = Seeded.bytes(random, rows * columns);
        byte[][] inputs = randomRows(random, columns, size);
        byte[][] outputs = randomRows(random, rows, size);
        byte[] coefficientsBefore = coefficients.clone();
        byte[][] inputsBefore = copy(inputs);
        byte[][] expected = copy(outputs);
        for (int r = 0; r < rows; r++) {
            for (int i = from; i < to; i++) {
                for (int c = 0; c < columns; c++) {
                    expected[r][i] ^= (byte)
                            ReferenceDispersal.multiply(coefficients[r * columns + c] & 0xFF, inputs[c][i] & 0xFF);
                }
            }
        }

        kernel().multiplyAdd(coefficients, inputs, outputs, from, to);

        assertThat(Arrays.deepEquals(outputs, expected))
                .as("%s x %s matrix, positions %s..%s of %s", rows, columns, from, to, size)
                .isTrue();
        assertThat(coefficients).isEqualTo(coefficientsBefore);
        assertThat(Arrays.deepEquals(inputs, inputsBefore))
                .as("inputs unchanged")
                .isTrue();
    }

    private static byte[][] randomRows(SplittableRandom random, int count, int size) {
        byte[][] rows = new byte[count][];
        Arrays.setAll(rows, r -> Seeded.bytes(random, size));
        return rows;
    }

    private static byte[][] copy(byte[][] rows) {
        return Arrays.stream(rows).map(byte[]::clone).toArray(byte[][]::new);
    }
}
