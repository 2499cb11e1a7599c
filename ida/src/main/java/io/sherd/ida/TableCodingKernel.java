package io.sherd.ida;

/**
 * The portable kernel: one look-up in a 256-byte product table per coefficient and byte.
 *
 * <p>Four inputs are added per pass, so that an output byte is loaded and stored once per four products and not for each.
 * The range is worked through in blocks, so that the output block stays in the first-level cache.
 */
final class TableCodingKernel implements CodingKernel {

    private static final int BLOCK_BYTES = 8 * 1024;

    @Override
    public String name() {
        return "table";
    }

    @Override
    public void multiplyAdd(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to) {
        KernelArguments.check(coefficients, inputs, outputs, from, to);
        for (int start = from; start < to; ) {
            int end = start + Math.min(BLOCK_BYTES, to - start);
            for (int r = 0; r < outputs.length; r++) {
                addRow(coefficients, r * inputs.length, inputs, outputs[r], start, end);
            }
            start = end;
        }
    }

    private static void addRow(byte[] coefficients, int row, byte[][] inputs, byte[] output, int from, int to) {
        int c = 0;
        for (; c + 4 <= inputs.length; c += 4) {
            addFour(
                    products(coefficients, row + c),
                    inputs[c],
                    products(coefficients, row + c + 1),
                    inputs[c + 1],
                    products(coefficients, row + c + 2),
                    inputs[c + 2],
                    products(coefficients, row + c + 3),
                    inputs[c + 3],
                    output,
                    from,
                    to);
        }
        for (; c < inputs.length; c++) {
            addOne(products(coefficients, row + c), inputs[c], output, from, to);
        }
    }

    private static byte[] products(byte[] coefficients, int at) {
        return Gf256.productsOf(coefficients[at] & 0xFF);
    }

    private static void addOne(byte[] products, byte[] input, byte[] output, int from, int to) {
        for (int i = from; i < to; i++) {
            output[i] ^= products[input[i] & 0xFF];
        }
    }

    private static void addFour(
            byte[] products0,
            byte[] input0,
            byte[] products1,
            byte[] input1,
            byte[] products2,
            byte[] input2,
            byte[] products3,
            byte[] input3,
            byte[] output,
            int from,
            int to) {
        for (int i = from; i < to; i++) {
            output[i] ^= (byte) (products0[input0[i] & 0xFF]
                    ^ products1[input1[i] & 0xFF]
                    ^ products2[input2[i] & 0xFF]
                    ^ products3[input3[i] & 0xFF]);
        }
    }
}
