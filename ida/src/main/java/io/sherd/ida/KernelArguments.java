package io.sherd.ida;

import java.util.Objects;

/** The checks that every {@link CodingKernel} makes before it touches a byte. */
final class KernelArguments {

    private KernelArguments() {}

    /** Throws what {@link CodingKernel#multiplyAdd} says if its arguments do not fit together. */
    static void check(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to) {
        if (inputs.length == 0) {
            throw new IllegalArgumentException("no inputs");
        }
        if (coefficients.length != inputs.length * outputs.length) {
            throw new IllegalArgumentException("matrix has " + coefficients.length + " coefficients, " + outputs.length
                    + " outputs from " + inputs.length + " inputs need " + inputs.length * outputs.length);
        }
        for (byte[] input : inputs) {
            Objects.checkFromToIndex(from, to, input.length);
        }
        for (byte[] output : outputs) {
            Objects.checkFromToIndex(from, to, output.length);
        }
    }
}
