package io.sherd.ida;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How fast each kernel codes, side by side in one process: GB (10^9 bytes) of source per second of this thread's CPU time,
 * the median of five runs after a warm-up, and the ratio to the table kernel in the same run.
 *
 * <pre>
 *   mvn -q test-compile -pl ida
 *   java --add-modules jdk.incubator.vector -cp ida/target/classes:ida/target/test-classes io.sherd.ida.DispersalBenchmark
 * </pre>
 *
 * <p>{@code product} is the kernel alone, the coded pieces into arrays that are there already: what native libraries
 * measure. {@code encode} and {@code decode} are the whole calls with their copies and new arrays; the decode is the
 * worst one, with as many data pieces lost as there are coded ones. A kernel that fails its trial here is named with the
 * objection and left out: without 512-bit vectors the vector kernel would take minutes. It runs for about two minutes.
 */
final class DispersalBenchmark {

    private static final int[][] PARAMETERS = {{4, 3}, {7, 5}, {16, 11}, {31, 21}, {64, 43}};
    private static final int[] SOURCE_BYTES = {64 * 1024, 1024 * 1024};
    private static final int RUNS = 5;
    private static final long WARM_UP_NANOS = 500_000_000;
    private static final long RUN_NANOS = 100_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private DispersalBenchmark() {}

    /** One call of what is measured; the result keeps the compiler from leaving it out. */
    private interface Operation {
        byte[] run() throws DispersalException;
    }

    public static void main(String[] arguments) throws DispersalException {
        CodingKernels.Choice choice = CodingKernels.warmUp();
        System.out.println(choice);
        List<CodingKernel> kernels = new ArrayList<>(List.of(CodingKernels.table()));
        if (!choice.kernel().equals(CodingKernels.table())) {
            kernels.add(choice.kernel());
        }
        System.out.printf(
                Locale.ROOT,
                "%8s %9s %8s  %16s %16s %16s%n",
                "(n,k)",
                "source",
                "kernel",
                "product GB/s",
                "encode GB/s",
                "decode GB/s");
        for (int sourceBytes : SOURCE_BYTES) {
            for (int[] nk : PARAMETERS) {
                double[] baseline = null;
                for (CodingKernel kernel : kernels) {
                    double[] speeds = measure(new DispersalParameters(nk[0], nk[1]), kernel, sourceBytes);
                    baseline = baseline == null ? speeds : baseline;
                    print(nk, sourceBytes, kernel, speeds, baseline);
                }
            }
        }
    }

    private static void print(int[] nk, int sourceBytes, CodingKernel kernel, double[] speeds, double[] baseline) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT, "%8s %5d KiB %8s ", "(" + nk[0] + "," + nk[1] + ")", sourceBytes / 1024, kernel.name()));
        for (int i = 0; i < speeds.length; i++) {
            line.append(String.format(Locale.ROOT, " %7.2f (x%5.1f)", speeds[i], speeds[i] / baseline[i]));
        }
        System.out.println(line);
    }

    private static double[] measure(DispersalParameters parameters, CodingKernel kernel, int sourceBytes)
            throws DispersalException {
        int n = parameters.pieceCount();
        int k = parameters.piecesNeeded();
        byte[] source = Seeded.bytes(new SplittableRandom(1), sourceBytes);
        InformationDispersal dispersal = new InformationDispersal(parameters, kernel);
        byte[][] pieces = dispersal.encode(source);

        byte[] rows = new DispersalMatrix(parameters).codedRows();
        byte[][] stripes = Arrays.copyOf(pieces, k);
        byte[][] coded = new byte[n - k][stripes[0].length];
        int[] lastK = new int[k];
        Arrays.setAll(lastK, c -> n - k + c);
        byte[][] held = Arrays.copyOfRange(pieces, n - k, n);

        return new double[] {
            gigabytesPerSecond(sourceBytes, () -> {
                kernel.multiplyAdd(rows, stripes, coded, 0, coded[0].length);
                return coded[0];
            }),
            gigabytesPerSecond(sourceBytes, () -> dispersal.encode(source)[n - 1]),
            gigabytesPerSecond(sourceBytes, () -> dispersal.decode(sourceBytes, lastK, held))
        };
    }

    private static double gigabytesPerSecond(int bytesPerCall, Operation operation) throws DispersalException {
        run(operation, WARM_UP_NANOS);
        double[] nanosPerCall = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            nanosPerCall[i] = run(operation, RUN_NANOS);
        }
        Arrays.sort(nanosPerCall);
        return bytesPerCall / nanosPerCall[RUNS / 2];
    }

    /** Calls for about the given CPU time, and returns the CPU time per call in nanoseconds. */
    private static double run(Operation operation, long nanos) throws DispersalException {
        long start = THREADS.getCurrentThreadCpuTime();
        long spent;
        int calls = 0;
        int check = 0;
        do {
            check += operation.run()[0];
            calls++;
            spent = THREADS.getCurrentThreadCpuTime() - start;
        } while (spent < nanos);
        if (check == Integer.MIN_VALUE) {
            System.out.println("never happens, but the compiler does not know");
        }
        return (double) spent / calls;
    }
}
