package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class KernelTrialTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Does the work of the real kernel, then something else to the result. */
    private static CodingKernel tableThen(CodingKernel afterwards) {
        CodingKernel table = new TableCodingKernel();
        return new CodingKernel() {
            @Override
            public String name() {
                return "fake";
            }

            @Override
            public void multiplyAdd(byte[] coefficients, byte[][] inputs, byte[][] outputs, int from, int to) {
                table.multiplyAdd(coefficients, inputs, outputs, from, to);
                afterwards.multiplyAdd(coefficients, inputs, outputs, from, to);
            }
        };
    }

    private interface Afterwards extends CodingKernel {
        @Override
        default String name() {
            return "afterwards";
        }
    }

    @Test
    void aKernelThatIsWrongInOneByteIsRefused() {
        Afterwards flipLastByte = (coefficients, inputs, outputs, from, to) -> {
            if (to - from == 65) {
                outputs[outputs.length - 1][to - 1] ^= 1;
            }
        };

        assertThat(KernelTrial.objectionTo(tableThen(flipLastByte), new TableCodingKernel(), LIMIT))
                .contains("gives other bytes than the table kernel");
    }

    @Test
    void aKernelThatWritesOutsideTheRangeIsRefused() {
        Afterwards writeBehind = (coefficients, inputs, outputs, from, to) -> outputs[0][to] ^= 1;

        assertThat(KernelTrial.objectionTo(tableThen(writeBehind), new TableCodingKernel(), LIMIT))
                .contains("gives other bytes than the table kernel");
    }

    @Test
    void aKernelThatIsNotFasterIsRefusedWhenTimeIsUp() {
        Afterwards nothing = (coefficients, inputs, outputs, from, to) -> {};

        assertThat(KernelTrial.objectionTo(tableThen(nothing), new TableCodingKernel(), Duration.ofMillis(50)))
                .contains("did not become faster than the table kernel within 50 ms");
    }

    @Test
    void aKernelThatIsEqualAndFasterPasses() {
        Afterwards tenTimesMore = (coefficients, inputs, outputs, from, to) -> {
            CodingKernel table = new TableCodingKernel();
            for (int round = 0; round < 10; round++) {
                table.multiplyAdd(coefficients, inputs, outputs, from, to);
            }
        };
        CodingKernel slowReference = tableThen(tenTimesMore);

        assertThat(KernelTrial.objectionTo(new TableCodingKernel(), slowReference, LIMIT))
                .isEmpty();
    }
}
