package io.sherd.cli.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What Linux tells of a process in {@code /proc/PID/stat}, {@code io} and {@code status}.
 *
 * @param startTicks when it started, in clock ticks since the machine did: with the process id, that names a process
 * @param cpu time it had on all cores, in user and system mode
 * @param writtenBytes bytes it caused to be written to disks; 0 if the system does not tell
 * @param peakResidentBytes the most memory it ever had; 0 if the system does not tell
 */
public record ProcessStatistics(long startTicks, Duration cpu, long writtenBytes, long peakResidentBytes) {
    /** Linux counts times in these for programs, whatever the kernel's own timer does. */
    private static final int TICKS_PER_SECOND = 100;

    private static final long BYTES_PER_KIB = 1024;

    /** Places behind the name of the program, which stands in parentheses and may hold anything. */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;
    private static final int START_TIME = 19;

    /**
     * {@return what is told of a process; empty if there is none of that id}
     *
     * @param pid the process id
     * @throws IOException if this system tells nothing of processes
     */
    public static Optional<ProcessStatistics> of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        String stat;
        try {
            stat = Files.readString(process.resolve("stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
        long ticks = Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME));
        return Optional.of(new ProcessStatistics(
                Long.parseLong(fields.get(START_TIME)),
                Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND),
                number(process.resolve("io"), "write_bytes:"),
                number(process.resolve("status"), "VmHWM:") * BYTES_PER_KIB));
    }

    /** The number behind a word at the beginning of a line. */
    private static long number(Path file, String word) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(word))
                    .map(line -> line.substring(word.length()).replace("kB", "").strip())
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            // It ended just now, or is another user's: then there is nothing to tell.
            return 0;
        }
    }
}
