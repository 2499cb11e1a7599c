package io.sherd.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.cli.demo.LineReader.LineTooLongException;
import io.sherd.replication.wire.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    @Test
    void onlyALineFeedEndsALine() throws Exception {
        assertThat(contents("a\r\nb\rc\n\u2028d\n")).containsExactly("a\r", "b\rc", "\u2028d");
    }

    @Test
    void emptyLinesAreLines() throws Exception {
        assertThat(contents("\n\na\n\n")).containsExactly("", "", "a", "");
    }

    @Test
    void aMissingLastLineFeedIsTheLastLinesFlag() throws Exception {
        List<DemoTransaction> lines = lines("a\nb".getBytes(StandardCharsets.UTF_8), DemoTransaction.MAX_LINE_BYTES);
        assertThat(lines).extracting(DemoTransaction::endsWithLineFeed).containsExactly(true, false);
        assertThat(lines).extracting(DemoTransaction::line).containsExactly(0L, 1L);
    }

    @Test
    void anEmptyFileHasNoLines() throws Exception {
        assertThat(contents("")).isEmpty();
    }

    @Test
    void aLineOfExactlyTheLimitIsRead() throws Exception {
        byte[] longest = new byte[DemoTransaction.MAX_LINE_BYTES + 1];
        longest[DemoTransaction.MAX_LINE_BYTES] = '\n';
        assertThat(lines(longest, DemoTransaction.MAX_LINE_BYTES))
                .extracting(line -> line.content().size())
                .containsExactly(DemoTransaction.MAX_LINE_BYTES);
    }

    @Test
    void aLineOverTheLimitIsNamedAsPeopleCountThem() {
        byte[] input = new byte[DemoTransaction.MAX_LINE_BYTES + 4];
        input[1] = '\n';
        assertThatThrownBy(() -> lines(input, DemoTransaction.MAX_LINE_BYTES))
                .isInstanceOf(LineTooLongException.class)
                .hasMessage("line 2 is longer than 1048576 bytes");
    }

    @Test
    void anyBytesInAnyPortionsComeBackAsTheyWere() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("-Dsherd.seed=" + seed);
        RandomGenerator random = new java.util.Random(seed);
        for (int round = 0; round < 50; round++) {
            byte[] input = new byte[random.nextInt(200_000)];
            random.nextBytes(input);
            for (int i = 0; i < input.length; i++) {
                // Many more line ends than random bytes have, of both kinds.
                if (random.nextInt(40) == 0) {
                    input[i] = random.nextBoolean() ? (byte) '\n' : (byte) '\r';
                }
            }
            List<DemoTransaction> lines = read(new LineReader(inPortions(input, random), 1 << 20));
            assertThat(joined(lines)).isEqualTo(input);
            assertThat(lines).extracting(DemoTransaction::content).isEqualTo(splitByTheDefinition(input));
        }
    }

    /** The slow twin: every line feed ends a line, and what is left behind the last one is a line if it is not empty. */
    private static List<Bytes> splitByTheDefinition(byte[] input) {
        List<Bytes> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < input.length; i++) {
            if (input[i] == '\n') {
                lines.add(Bytes.wrap(java.util.Arrays.copyOfRange(input, start, i)));
                start = i + 1;
            }
        }
        if (start < input.length) {
            lines.add(Bytes.wrap(java.util.Arrays.copyOfRange(input, start, input.length)));
        }
        return lines;
    }

    private static InputStream inPortions(byte[] input, RandomGenerator random) {
        return new ByteArrayInputStream(input) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1 + random.nextInt(70_000)));
            }
        };
    }

    private static byte[] joined(List<DemoTransaction> lines) throws IOException {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (DemoTransaction line : lines) {
            joined.write(line.content().readOnlyArray());
            if (line.endsWithLineFeed()) {
                joined.write('\n');
            }
        }
        return joined.toByteArray();
    }

    private static List<String> contents(String input) throws Exception {
        return lines(input.getBytes(StandardCharsets.UTF_8), DemoTransaction.MAX_LINE_BYTES).stream()
                .map(line -> new String(line.content().toByteArray(), StandardCharsets.UTF_8))
                .toList();
    }

    private static List<DemoTransaction> lines(byte[] input, int maxLineBytes) throws Exception {
        return read(new LineReader(new ByteArrayInputStream(input), maxLineBytes));
    }

    private static List<DemoTransaction> read(LineReader reader) throws IOException, LineTooLongException {
        List<DemoTransaction> lines = new ArrayList<>();
        try (reader) {
            for (Optional<DemoTransaction> next = reader.next(); next.isPresent(); next = reader.next()) {
                lines.add(next.get());
            }
        }
        return lines;
    }
}
