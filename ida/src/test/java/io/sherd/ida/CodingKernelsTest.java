package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CodingKernelsTest {

    @Test
    void theChoiceIsMadeOnceAndSaysWhy() {
        CodingKernels.Choice first = CodingKernels.warmUp();

        assertThat(CodingKernels.warmUp()).isSameAs(first);
        assertThat(CodingKernels.choice()).isSameAs(first);
        assertThat(CodingKernels.best().name()).isEqualTo(first.kernel().name());
        assertThat(first.toString()).isEqualTo(first.kernel().name() + " kernel: " + first.reason());
    }

    @Test
    void theVectorKernelIsChosenOnlyWhereItIsMadeFor() {
        if (!VectorCodingKernel.suitsThisMachine()) {
            assertThat(CodingKernels.warmUp())
                    .hasToString("table kernel: this machine's vectors have " + VectorCodingKernel.preferredBits()
                            + " bits, the vector kernel needs 512");
        }
    }

    @Test
    void withoutTheVectorModuleTheTableKernelDoesTheWork() throws IOException, InterruptedException {
        assertThat(runChoiceProgram(List.of()))
                .containsExactly(
                        "before: table kernel: not warmed up yet",
                        "after: table kernel: Java runs without --add-modules jdk.incubator.vector, worth it on processors with AVX-512 VBMI",
                        "vector kernel there: false",
                        "given back: true");
    }

    @Test
    void withTheVectorModuleTheVectorKernelIsThere() throws IOException, InterruptedException {
        assertThat(runChoiceProgram(List.of("--add-modules", "jdk.incubator.vector")))
                .contains("before: table kernel: not warmed up yet", "vector kernel there: true", "given back: true");
    }

    /** Prints what {@link CodingKernels} chooses in a Java process with the given options. */
    private static List<String> runChoiceProgram(List<String> javaOptions) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ChoiceProgram.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return output.lines().toList();
    }

    /** The program that the tests above start in a process of its own. */
    static final class ChoiceProgram {

        private ChoiceProgram() {}

        public static void main(String[] arguments) throws DispersalException {
            InformationDispersal dispersal = new InformationDispersal(new DispersalParameters(7, 5));
            System.out.println("before: " + CodingKernels.choice());
            System.out.println("after: " + CodingKernels.warmUp());
            System.out.println("vector kernel there: " + CodingKernels.vector().isPresent());
            byte[] source = "any five of seven".getBytes(StandardCharsets.UTF_8);
            byte[][] pieces = dispersal.encode(source);
            int[] lastFive = {2, 3, 4, 5, 6};
            byte[] decoded = dispersal.decode(source.length, lastFive, Arrays.copyOfRange(pieces, 2, 7));
            System.out.println("given back: " + Arrays.equals(source, decoded));
        }
    }
}
