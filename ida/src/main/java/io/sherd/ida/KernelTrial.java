package io.sherd.ida;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * The trial a kernel passes before it is used: the same bytes as a reference kernel, then more speed than it.
 *
 * <p>The speed test doubles as the warm-up. Each number of rows from one to four is coded over and over, since a tiled
 * kernel has a loop of its own for each, until the candidate beats the reference by a clear factor or time is up. Time
 * only decides which kernel is used, never what it computes.
 */
final class KernelTrial {

    private static final int INPUTS = 7;
    private static final int MAX_ROWS = 5;
    private static final int TIMED_BYTES = 8 * 1024;
    private static final int TIMED_INPUTS = 3;
    private static final int TIMED_MAX_ROWS = 4;
    private static final int CALLS_PER_ROUND = 32;
    private static final double FACTOR = 1.5;

    /** Lengths with whole vectors, tails and neither; positions start at odd places too. */
    private static final int[] LENGTHS = {0, 1, 63, 64, 65, 127, 128, 200, 1000};

    private static final int[] OFFSETS = {0, 1, 31};

    private KernelTrial() {}

    /**
     * Tries a kernel.
     *
     * @param candidate the kernel to try
     * @param reference the kernel it must equal and beat
     * @param limit how long the candidate may take to become fast
     * @return why not to use the candidate, as the rest of a sentence that names it; empty if it passed
     */
    static Optional<String> objectionTo(CodingKernel candidate, CodingKernel reference, Duration limit) {
        if (!givesSameBytes(candidate, reference)) {
            return Optional.of("gives other bytes than the " + reference.name() + " kernel");
        }
        long deadline = System.nanoTime() + limit.toNanos();
        for (int rows = 1; rows <= TIMED_MAX_ROWS; rows++) {
            if (!becomesFaster(candidate, reference, rows, deadline)) {
                return Optional.of("did not become faster than the " + reference.name() + " kernel within "
                        + limit.toMillis() + " ms");
            }
        }
        return Optional.empty();
    }

    private static boolean givesSameBytes(CodingKernel candidate, CodingKernel reference) {
        int size = OFFSETS[OFFSETS.length - 1] + LENGTHS[LENGTHS.length - 1] + 1;
        byte[][] inputs = samples(INPUTS, size);
        for (int rows = 1; rows <= MAX_ROWS; rows++) {
            byte[] coefficients = samples(1, rows * INPUTS)[0];
            for (int length : LENGTHS) {
                for (int offset : OFFSETS) {
                    byte[][] expected = samples(rows, size);
                    byte[][] actual = samples(rows, size);
                    reference.multiplyAdd(coefficients, inputs, expected, offset, offset + length);
                    candidate.multiplyAdd(coefficients, inputs, actual, offset, offset + length);
                    if (!Arrays.deepEquals(expected, actual)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static boolean becomesFaster(CodingKernel candidate, CodingKernel reference, int rows, long deadline) {
        do {
            long referenceNanos = fastestCallNanos(reference, rows);
            long candidateNanos = fastestCallNanos(candidate, rows);
            if (candidateNanos * FACTOR < referenceNanos) {
                return true;
            }
        } while (System.nanoTime() - deadline < 0);
        return false;
    }

    private static long fastestCallNanos(CodingKernel kernel, int rows) {
        byte[][] inputs = samples(TIMED_INPUTS, TIMED_BYTES);
        byte[][] outputs = new byte[rows][TIMED_BYTES];
        byte[] coefficients = samples(1, rows * TIMED_INPUTS)[0];
        long fastest = Long.MAX_VALUE;
        for (int call = 0; call < CALLS_PER_ROUND; call++) {
            long start = System.nanoTime();
            kernel.multiplyAdd(coefficients, inputs, outputs, 0, TIMED_BYTES);
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return fastest;
    }

    /** Fixed bytes in which every value occurs: multiples of an odd number, by row a different one. */
    private static byte[][] samples(int rows, int size) {
        byte[][] samples = new byte[rows][size];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < size; i++) {
                samples[r][i] = (byte) ((i + 1) * (2 * r + 37) + (i >> 8));
            }
        }
        return samples;
    }
}
