package io.sherd.ida;

import java.time.Duration;
import java.util.Optional;

/**
 * The kernels there are, and the choice between them.
 *
 * <p>The table kernel always works. A faster kernel is used only after it has proved on this machine, in this process,
 * that it gives the same bytes and is in fact faster; {@link #warmUp()} lets it do so. Until then, and where it
 * cannot, {@link #best()} is the table kernel: a vector kernel that C2 has not compiled yet would be a thousand times
 * slower. A program that codes a few segments and ends need not warm up at all.
 */
public final class CodingKernels {

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** How long a candidate may take to become fast; C2 needs a second or two for the vector kernel. */
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(10);

    private static final CodingKernel TABLE = new TableCodingKernel();
    private static final CodingKernel BEST = new ChosenKernel();

    private static volatile Choice choice = new Choice(TABLE, "not warmed up yet");
    private static boolean warmedUp;

    private CodingKernels() {}

    /**
     * Which kernel is in use, and why: one line for the log of a node that starts.
     *
     * @param kernel the kernel in use
     * @param reason why it, or why not a faster one, for people
     */
    public record Choice(CodingKernel kernel, String reason) {

        /** {@return the kernel's name and the reason} */
        @Override
        public String toString() {
            return kernel.name() + " kernel: " + reason;
        }
    }

    /** {@return the plain portable kernel} */
    public static CodingKernel table() {
        return TABLE;
    }

    /**
     * {@return a kernel that hands every call to the fastest one proved so far} {@link #warmUp()} changes which one that
     * is, also for those who already hold this object.
     */
    public static CodingKernel best() {
        return BEST;
    }

    /** {@return which kernel {@link #best()} uses now, and why} */
    public static Choice choice() {
        return choice;
    }

    /**
     * Lets the faster kernel prove itself, once per process; later calls return the first one's verdict at once. It blocks the
     * calling thread for about as long as C2 compiles, and for ten seconds at most; a node calls it at start. Where the
     * vector module or the vector width is missing it returns at once.
     *
     * @return the kernel that {@link #best()} uses from now on
     */
    public static synchronized Choice warmUp() {
        if (!warmedUp) {
            choice = choose();
            warmedUp = true;
        }
        return choice;
    }

    private static Choice choose() {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            return new Choice(
                    TABLE,
                    "Java runs without --add-modules " + VECTOR_MODULE + ", worth it on processors with AVX-512 VBMI");
        }
        Optional<CodingKernel> vector = vector();
        if (vector.isEmpty()) {
            return new Choice(TABLE, "this Java's " + VECTOR_MODULE + " is not the one the vector kernel was made for");
        }
        if (!VectorCodingKernel.suitsThisMachine()) {
            return new Choice(
                    TABLE,
                    "this machine's vectors have " + VectorCodingKernel.preferredBits()
                            + " bits, the vector kernel needs 512");
        }
        return KernelTrial.objectionTo(vector.get(), TABLE, WARM_UP_LIMIT)
                .map(objection -> new Choice(TABLE, "the vector kernel " + objection))
                .orElseGet(() -> new Choice(vector.get(), "proved equal to the table kernel and faster"));
    }

    /**
     * The vector kernel, whether or not it is fast here.
     *
     * @return empty where the Vector API is missing or another than this class was compiled for
     */
    static Optional<CodingKernel> vector() {
        try {
            return Optional.of(new VectorCodingKernel());
        } catch (LinkageError missingOrChangedIncubatorModule) {
            return Optional.empty();
        }
    }

    private static final class ChosenKernel implements CodingKernel {

        @Override
        public String name() {
            return choice.kernel().name();
        }

        @Override
        public void multiplyAdd(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to) {
            choice.kernel().multiplyAdd(coefficients, inputs, outputs, from, to);
        }
    }
}
