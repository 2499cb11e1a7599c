package io.sherd.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinesFileTest {
    @TempDir
    private Path directory;

    @Test
    void linesThatComeEarlyWaitForThoseBeforeThem() throws Exception {
        Path file = directory.resolve("learned");
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(1, "b"));
            lines.accept(line(2, "c"));
            assertThat(lines.lines()).isZero();
            assertThat(lines.waitingLines()).isEqualTo(2);
            lines.accept(line(0, "a"));
            assertThat(lines.lines()).isEqualTo(3);
            assertThat(lines.waitingLines()).isZero();
            assertThat(lines.sizeBytes()).isEqualTo(6);
        }
        assertThat(file).hasContent("a\nb\nc\n");
    }

    @Test
    void aLineThatComesTwiceCountsOnce() throws Exception {
        Path file = directory.resolve("learned");
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(1, "b"));
            lines.accept(line(1, "other"));
            lines.accept(line(0, "a"));
            lines.accept(line(0, "other"));
        }
        assertThat(file).hasContent("a\nb\n");
    }

    @Test
    void theLastLineEndsAsItWasRead() throws Exception {
        Path file = directory.resolve("learned");
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(0, "a\r"));
            lines.accept(new DemoTransaction(1, false, bytes("b")));
        }
        assertThat(Files.readString(file)).isEqualTo("a\r\nb");
    }

    @Test
    void aCrashCostsOnlyWhatWasNotSynced() throws Exception {
        Path file = directory.resolve("learned");
        Bytes mark;
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(0, "a"));
            lines.accept(line(2, "c"));
            mark = lines.sync();
            lines.accept(line(1, "b"));
        }
        assertThat(file).hasContent("a\nb\nc\n");
        try (LinesFile again = opened(file, mark)) {
            assertThat(file).hasContent("a\n");
            assertThat(again.lines()).isEqualTo(1);
            assertThat(again.waitingLines()).isEqualTo(1);
            again.accept(line(1, "b"));
        }
        assertThat(file).hasContent("a\nb\nc\n");
    }

    @Test
    void theMarkBeforeTheLastOneStaysValid() throws Exception {
        Path file = directory.resolve("learned");
        Bytes mark;
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(1, "b"));
            mark = lines.sync();
            lines.accept(line(2, "c"));
            Bytes lost = lines.sync();
            assertThat(lost).isNotEqualTo(mark);
        }
        try (LinesFile again = opened(file, mark)) {
            assertThat(again.waitingLines()).isEqualTo(1);
        }
    }

    @Test
    void aFileOfSomebodyElseIsNotTouched() throws Exception {
        Path file = directory.resolve("learned");
        Files.writeString(file, "precious");
        assertThatThrownBy(() -> opened(file, Bytes.EMPTY)).isInstanceOf(IOException.class);
        assertThat(file).hasContent("precious");
    }

    @Test
    void aFileThatLostWhatWasDurableIsRefused() throws Exception {
        Path file = directory.resolve("learned");
        Bytes mark;
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(0, "a"));
            mark = lines.sync();
        }
        Files.writeString(file, "a");
        assertThatThrownBy(() -> opened(file, mark))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has 1 bytes, but 2 were written");
    }

    @Test
    void aWaitingFileThatChangedIsRefused() throws Exception {
        Path file = directory.resolve("learned");
        Bytes mark;
        try (LinesFile lines = opened(file, Bytes.EMPTY)) {
            lines.accept(line(1, "b"));
            mark = lines.sync();
        }
        Path waiting = directory.resolve("learned.waiting.1");
        byte[] content = Files.readAllBytes(waiting);
        content[content.length - 1] ^= 1;
        Files.write(waiting, content);
        assertThatThrownBy(() -> opened(file, mark))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not what was written");
    }

    @Test
    void anyOrderWithCrashesGivesTheSameFile() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("-Dsherd.seed=" + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 4; round++) {
            List<DemoTransaction> ledger = shuffledWithinAWindow(random);
            Path file = directory.resolve("learned-" + round);
            Bytes mark = Bytes.EMPTY;
            int durable = 0;
            for (int start = 0; start < 6; start++) {
                try (LinesFile lines = opened(file, mark)) {
                    int end = start < 5 ? durable + random.nextInt(ledger.size() - durable) : ledger.size();
                    for (int position = durable; position < end; position++) {
                        lines.accept(ledger.get(position));
                        if (random.nextInt(10) == 0) {
                            mark = lines.sync();
                            durable = position + 1;
                        }
                    }
                }
            }
            assertThat(file).hasContent(expected(ledger));
        }
    }

    private static LinesFile opened(Path file, Bytes mark) throws IOException {
        LinesFile lines = LinesFile.open(file);
        try {
            lines.cutBackTo(mark);
            return lines;
        } catch (IOException e) {
            lines.close();
            throw e;
        }
    }

    private static List<DemoTransaction> shuffledWithinAWindow(Random random) {
        List<DemoTransaction> ledger = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int back = random.nextInt(Math.min(16, ledger.size() + 1));
            ledger.add(ledger.size() - back, line(i, "content of " + i));
            if (random.nextInt(20) == 0) {
                ledger.add(line(i, "content of " + i));
            }
        }
        return ledger;
    }

    private static String expected(List<DemoTransaction> ledger) {
        StringBuilder expected = new StringBuilder();
        for (long i = 0; i < 300; i++) {
            expected.append("content of ").append(i).append('\n');
        }
        assertThat(ledger).hasSizeGreaterThanOrEqualTo(300);
        return expected.toString();
    }

    private static DemoTransaction line(long number, String content) {
        return new DemoTransaction(number, true, bytes(content));
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
