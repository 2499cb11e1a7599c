package io.sherd.ida;

/**
 * The portable kernel: one look-up in a 256-byte product table per coefficient and byte.
 *
 * <p>The range is worked through in blocks, so that the output block stays in the first-level cache while all inputs are
 * added to it.
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
                for (int c = 0; c < inputs.length; c++) {
                    byte[] products = Gf256.productsOf(coefficients[r * inputs.length + c] & 0xFF);
                    addProducts(products, inputs[c], outputs[r], start, end);
                }
            }
            start = end;
        }
    }

    private static void addProducts(byte[] products, byte[] input, byte[] output, int from, int to) {
        for (int i = from; i < to; i++) {
            output[i] ^= products[input[i] & 0xFF];
        }
    }
}
