package io.sherd.ida;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel for CPUs with 512-bit vectors and a byte permute across them (AVX-512 VBMI), on the incubating Vector API.
 *
 * <p>C2 compiles {@code index.selectFrom(table)} of 512-bit byte vectors to one permute: 64 look-ups at once in a table
 * of 64 entries, that is, by 6 bits. A product c·b splits by the bits of b into c·(b AND 0x3F) and c·(b AND 0xC0). The first
 * part is one look-up. The second has only 2 bits of index, so three inputs share one look-up: their upper bits are
 * packed in one 6-bit index, and the table is the XOR of three tables, one per coefficient, each reading its own two
 * bits. Four look-ups thus serve three coefficients.
 *
 * <p>A <em>tile</em> is up to {@value #TILE_ROWS} rows times {@value #TILE_INPUTS} inputs over one block of
 * {@value #BLOCK_BYTES} bytes. All its tables (16 vectors) stay in registers while the loop runs over the positions of
 * the block; the output block stays in the first-level cache from tile to tile. The number of inputs is padded to a
 * multiple of three with coefficients of 0. The tables of all 256 coefficients are static, so a matrix needs no set-up.
 * What is left after whole vectors goes to the table kernel.
 *
 * <p>Two rules keep this fast. The loop bodies call nothing but the Vector API itself: a helper that C2 does not inline
 * makes an object of every vector that passes through it, so the four tiles are written out. And tiles stay small (16
 * look-ups), since C2 must compile each before it runs at all well: until then this kernel is a thousand times slower
 * than afterwards, see {@link CodingKernels#warmUp()}.
 */
final class VectorCodingKernel implements CodingKernel {

    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_512;
    private static final int LANES = 64;
    private static final int TILE_ROWS = 4;
    private static final int TILE_INPUTS = 3;
    private static final int BLOCK_BYTES = 8 * 1024;

    private static final byte LOW_BITS = 0x3F;
    private static final int UPPER_0 = 0x03030303;
    private static final int UPPER_1 = 0x0C0C0C0C;
    private static final int UPPER_2 = 0x30303030;

    /** At c * 64 + i: the product of c with i, the lower six bits of a byte. */
    private static final byte[] LOW = new byte[Gf256.SIZE * LANES];

    /** At c * 64 + i: the product of c with the upper two bits of a byte, found in bits 0-1, 2-3 or 4-5 of i. */
    private static final byte[] HIGH_0 = new byte[Gf256.SIZE * LANES];

    private static final byte[] HIGH_1 = new byte[Gf256.SIZE * LANES];
    private static final byte[] HIGH_2 = new byte[Gf256.SIZE * LANES];

    static {
        for (int c = 0; c < Gf256.SIZE; c++) {
            for (int i = 0; i < LANES; i++) {
                LOW[c * LANES + i] = (byte) Gf256.multiply(c, i);
                HIGH_0[c * LANES + i] = (byte) Gf256.multiply(c, (i & 3) << 6);
                HIGH_1[c * LANES + i] = (byte) Gf256.multiply(c, (i >> 2 & 3) << 6);
                HIGH_2[c * LANES + i] = (byte) Gf256.multiply(c, (i >> 4) << 6);
            }
        }
    }

    private final CodingKernel tail = new TableCodingKernel();

    /** {@return whether this machine's preferred vectors are the 512-bit ones this kernel is made for} */
    static boolean suitsThisMachine() {
        return ByteVector.SPECIES_PREFERRED.length() == LANES;
    }

    /** {@return the width of this machine's preferred vectors in bits} */
    static int preferredBits() {
        return ByteVector.SPECIES_PREFERRED.vectorBitSize();
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public void multiplyAdd(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to) {
        KernelArguments.check(coefficients, inputs, outputs, from, to);
        int wholeVectorsEnd = to - (to - from) % LANES;
        int stride = (inputs.length + TILE_INPUTS - 1) / TILE_INPUTS * TILE_INPUTS;
        byte[] padded = padRows(coefficients, inputs.length, outputs.length, stride);
        for (int start = from; start < wholeVectorsEnd; ) {
            int end = start + Math.min(BLOCK_BYTES, wholeVectorsEnd - start);
            addBlock(padded, stride, inputs, outputs, start, end);
            start = end;
        }
        tail.multiplyAdd(coefficients, inputs, outputs, wholeVectorsEnd, to);
    }

    private static byte[] padRows(byte[] coefficients, int columns, int rows, int stride) {
        if (columns == stride) {
            return coefficients;
        }
        byte[] padded = new byte[rows * stride];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(coefficients, r * columns, padded, r * stride, columns);
        }
        return padded;
    }

    /** Rows are split evenly into groups of at most four: 21 rows are 4, 4, 4, 3, 3 and 3. */
    private static void addBlock(byte[] matrix, int stride, byte[][] inputs, byte[][] outputs, int from, int to) {
        int groups = (outputs.length + TILE_ROWS - 1) / TILE_ROWS;
        int row = 0;
        for (int left = groups; left > 0; left--) {
            int rows = (outputs.length - row + left - 1) / left;
            for (int input = 0; input < inputs.length; input += TILE_INPUTS) {
                addTile(matrix, stride, row, rows, inputs, input, outputs, from, to);
            }
            row += rows;
        }
    }

    private static void addTile(
            byte[] matrix,
            int stride,
            int row,
            int rows,
            byte[][] inputs,
            int input,
            byte[][] outputs,
            int from,
            int to) {
        int last = inputs.length - 1;
        byte[] in0 = inputs[input];
        byte[] in1 = inputs[Math.min(input + 1, last)];
        byte[] in2 = inputs[Math.min(input + 2, last)];
        byte[] out0 = outputs[row];
        int at = row * stride + input;
        switch (rows) {
            case 1 -> addTile1(matrix, at, in0, in1, in2, out0, from, to);
            case 2 -> addTile2(matrix, at, stride, in0, in1, in2, out0, outputs[row + 1], from, to);
            case 3 -> addTile3(matrix, at, stride, in0, in1, in2, out0, outputs[row + 1], outputs[row + 2], from, to);
            case 4 ->
                addTile4(
                        matrix,
                        at,
                        stride,
                        in0,
                        in1,
                        in2,
                        out0,
                        outputs[row + 1],
                        outputs[row + 2],
                        outputs[row + 3],
                        from,
                        to);
            default -> throw new AssertionError("no tile of " + rows + " rows");
        }
    }

    /** The look-up table of a coefficient for the lower six bits; called before a loop, never inside one. */
    private static ByteVector low(byte[] matrix, int at) {
        return ByteVector.fromArray(SPECIES, LOW, (matrix[at] & 0xFF) * LANES);
    }

    /** The shared look-up table of three neighbouring coefficients; called before a loop, never inside one. */
    private static ByteVector high(byte[] matrix, int at) {
        return ByteVector.fromArray(SPECIES, HIGH_0, (matrix[at] & 0xFF) * LANES)
                .lanewise(VectorOperators.XOR, ByteVector.fromArray(SPECIES, HIGH_1, (matrix[at + 1] & 0xFF) * LANES))
                .lanewise(VectorOperators.XOR, ByteVector.fromArray(SPECIES, HIGH_2, (matrix[at + 2] & 0xFF) * LANES));
    }

    private static void addTile1(
            byte[] matrix, int at, byte[] in0, byte[] in1, byte[] in2, byte[] out0, int from, int to) {
        ByteVector low00 = low(matrix, at);
        ByteVector low01 = low(matrix, at + 1);
        ByteVector low02 = low(matrix, at + 2);
        ByteVector high0 = high(matrix, at);
        for (int i = from; i < to; i += LANES) {
            ByteVector x0 = ByteVector.fromArray(SPECIES, in0, i);
            ByteVector x1 = ByteVector.fromArray(SPECIES, in1, i);
            ByteVector x2 = ByteVector.fromArray(SPECIES, in2, i);
            // Bytes have no shift of their own: int shifts drag in neighbours' bits, the AND removes them.
            IntVector upper0 =
                    x0.reinterpretAsInts().lanewise(VectorOperators.LSHR, 6).lanewise(VectorOperators.AND, UPPER_0);
            IntVector upper1 =
                    x1.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).lanewise(VectorOperators.AND, UPPER_1);
            IntVector upper2 =
                    x2.reinterpretAsInts().lanewise(VectorOperators.LSHR, 2).lanewise(VectorOperators.AND, UPPER_2);
            ByteVector upper = upper0.lanewise(VectorOperators.OR, upper1)
                    .lanewise(VectorOperators.OR, upper2)
                    .reinterpretAsBytes();
            ByteVector y0 = x0.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y1 = x1.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y2 = x2.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector.fromArray(SPECIES, out0, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low00))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low01))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low02))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high0))
                    .intoArray(out0, i);
        }
    }

    private static void addTile2(
            byte[] matrix,
            int at,
            int stride,
            byte[] in0,
            byte[] in1,
            byte[] in2,
            byte[] out0,
            byte[] out1,
            int from,
            int to) {
        ByteVector low00 = low(matrix, at);
        ByteVector low01 = low(matrix, at + 1);
        ByteVector low02 = low(matrix, at + 2);
        ByteVector high0 = high(matrix, at);
        ByteVector low10 = low(matrix, at + stride);
        ByteVector low11 = low(matrix, at + stride + 1);
        ByteVector low12 = low(matrix, at + stride + 2);
        ByteVector high1 = high(matrix, at + stride);
        for (int i = from; i < to; i += LANES) {
            ByteVector x0 = ByteVector.fromArray(SPECIES, in0, i);
            ByteVector x1 = ByteVector.fromArray(SPECIES, in1, i);
            ByteVector x2 = ByteVector.fromArray(SPECIES, in2, i);
            IntVector upper0 =
                    x0.reinterpretAsInts().lanewise(VectorOperators.LSHR, 6).lanewise(VectorOperators.AND, UPPER_0);
            IntVector upper1 =
                    x1.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).lanewise(VectorOperators.AND, UPPER_1);
            IntVector upper2 =
                    x2.reinterpretAsInts().lanewise(VectorOperators.LSHR, 2).lanewise(VectorOperators.AND, UPPER_2);
            ByteVector upper = upper0.lanewise(VectorOperators.OR, upper1)
                    .lanewise(VectorOperators.OR, upper2)
                    .reinterpretAsBytes();
            ByteVector y0 = x0.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y1 = x1.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y2 = x2.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector.fromArray(SPECIES, out0, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low00))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low01))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low02))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high0))
                    .intoArray(out0, i);
            ByteVector.fromArray(SPECIES, out1, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low10))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low11))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low12))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high1))
                    .intoArray(out1, i);
        }
    }

    private static void addTile3(
            byte[] matrix,
            int at,
            int stride,
            byte[] in0,
            byte[] in1,
            byte[] in2,
            byte[] out0,
            byte[] out1,
            byte[] out2,
            int from,
            int to) {
        ByteVector low00 = low(matrix, at);
        ByteVector low01 = low(matrix, at + 1);
        ByteVector low02 = low(matrix, at + 2);
        ByteVector high0 = high(matrix, at);
        ByteVector low10 = low(matrix, at + stride);
        ByteVector low11 = low(matrix, at + stride + 1);
        ByteVector low12 = low(matrix, at + stride + 2);
        ByteVector high1 = high(matrix, at + stride);
        ByteVector low20 = low(matrix, at + 2 * stride);
        ByteVector low21 = low(matrix, at + 2 * stride + 1);
        ByteVector low22 = low(matrix, at + 2 * stride + 2);
        ByteVector high2 = high(matrix, at + 2 * stride);
        for (int i = from; i < to; i += LANES) {
            ByteVector x0 = ByteVector.fromArray(SPECIES, in0, i);
            ByteVector x1 = ByteVector.fromArray(SPECIES, in1, i);
            ByteVector x2 = ByteVector.fromArray(SPECIES, in2, i);
            IntVector upper0 =
                    x0.reinterpretAsInts().lanewise(VectorOperators.LSHR, 6).lanewise(VectorOperators.AND, UPPER_0);
            IntVector upper1 =
                    x1.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).lanewise(VectorOperators.AND, UPPER_1);
            IntVector upper2 =
                    x2.reinterpretAsInts().lanewise(VectorOperators.LSHR, 2).lanewise(VectorOperators.AND, UPPER_2);
            ByteVector upper = upper0.lanewise(VectorOperators.OR, upper1)
                    .lanewise(VectorOperators.OR, upper2)
                    .reinterpretAsBytes();
            ByteVector y0 = x0.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y1 = x1.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y2 = x2.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector.fromArray(SPECIES, out0, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low00))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low01))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low02))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high0))
                    .intoArray(out0, i);
            ByteVector.fromArray(SPECIES, out1, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low10))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low11))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low12))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high1))
                    .intoArray(out1, i);
            ByteVector.fromArray(SPECIES, out2, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low20))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low21))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low22))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high2))
                    .intoArray(out2, i);
        }
    }

    private static void addTile4(
            byte[] matrix,
            int at,
            int stride,
            byte[] in0,
            byte[] in1,
            byte[] in2,
            byte[] out0,
            byte[] out1,
            byte[] out2,
            byte[] out3,
            int from,
            int to) {
        ByteVector low00 = low(matrix, at);
        ByteVector low01 = low(matrix, at + 1);
        ByteVector low02 = low(matrix, at + 2);
        ByteVector high0 = high(matrix, at);
        ByteVector low10 = low(matrix, at + stride);
        ByteVector low11 = low(matrix, at + stride + 1);
        ByteVector low12 = low(matrix, at + stride + 2);
        ByteVector high1 = high(matrix, at + stride);
        ByteVector low20 = low(matrix, at + 2 * stride);
        ByteVector low21 = low(matrix, at + 2 * stride + 1);
        ByteVector low22 = low(matrix, at + 2 * stride + 2);
        ByteVector high2 = high(matrix, at + 2 * stride);
        ByteVector low30 = low(matrix, at + 3 * stride);
        ByteVector low31 = low(matrix, at + 3 * stride + 1);
        ByteVector low32 = low(matrix, at + 3 * stride + 2);
        ByteVector high3 = high(matrix, at + 3 * stride);
        for (int i = from; i < to; i += LANES) {
            ByteVector x0 = ByteVector.fromArray(SPECIES, in0, i);
            ByteVector x1 = ByteVector.fromArray(SPECIES, in1, i);
            ByteVector x2 = ByteVector.fromArray(SPECIES, in2, i);
            IntVector upper0 =
                    x0.reinterpretAsInts().lanewise(VectorOperators.LSHR, 6).lanewise(VectorOperators.AND, UPPER_0);
            IntVector upper1 =
                    x1.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).lanewise(VectorOperators.AND, UPPER_1);
            IntVector upper2 =
                    x2.reinterpretAsInts().lanewise(VectorOperators.LSHR, 2).lanewise(VectorOperators.AND, UPPER_2);
            ByteVector upper = upper0.lanewise(VectorOperators.OR, upper1)
                    .lanewise(VectorOperators.OR, upper2)
                    .reinterpretAsBytes();
            ByteVector y0 = x0.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y1 = x1.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector y2 = x2.lanewise(VectorOperators.AND, LOW_BITS);
            ByteVector.fromArray(SPECIES, out0, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low00))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low01))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low02))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high0))
                    .intoArray(out0, i);
            ByteVector.fromArray(SPECIES, out1, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low10))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low11))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low12))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high1))
                    .intoArray(out1, i);
            ByteVector.fromArray(SPECIES, out2, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low20))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low21))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low22))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high2))
                    .intoArray(out2, i);
            ByteVector.fromArray(SPECIES, out3, i)
                    .lanewise(VectorOperators.XOR, y0.selectFrom(low30))
                    .lanewise(VectorOperators.XOR, y1.selectFrom(low31))
                    .lanewise(VectorOperators.XOR, y2.selectFrom(low32))
                    .lanewise(VectorOperators.XOR, upper.selectFrom(high3))
                    .intoArray(out3, i);
        }
    }
}
