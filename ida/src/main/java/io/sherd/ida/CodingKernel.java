package io.sherd.ida;

/**
 * The one hot loop of dispersal, as a port: multiplies a matrix over GF(2^8) with stripes of bytes.
 *
 * <p>All implementations give the same bytes; they differ only in speed. They keep no state between calls and may be used
 * by many threads at once.
 */
public interface CodingKernel {

    /** {@return a short name for logs and benchmarks, such as {@code table}} */
    String name();

    /**
     * Adds the product of a coefficient matrix and the inputs to the outputs. For every row r and every position i with
     * {@code from <= i < to}:
     *
     * <pre>outputs[r][i] ^= sum over c of coefficients[r * inputs.length + c] · inputs[c][i]</pre>
     *
     * <p>Bytes outside the range are neither read nor written, and inputs are never written. Since the product is added,
     * fresh arrays end up with the product itself.
     *
     * @param coefficients the matrix, row by row: {@code outputs.length} rows of {@code inputs.length} field elements
     * @param inputs the stripes to read, at least one
     * @param outputs the stripes to add to; no array may be among the inputs or occur twice
     * @param from first position, inclusive
     * @param to last position, exclusive
     * @throws IllegalArgumentException if the matrix does not fit the numbers of inputs and outputs
     * @throws IndexOutOfBoundsException if the range does not lie inside every input and output
     */
    void multiplyAdd(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to);
}
