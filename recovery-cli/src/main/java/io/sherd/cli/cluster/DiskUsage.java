package io.sherd.cli.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much space files take on disk, in allocated blocks: what a file system really gave them, more than their sizes where
 * it rounds up or a database reserved space ahead. Java cannot tell; {@code stat} of the coreutils can.
 */
public final class DiskUsage {
    private static final int FILES_PER_CALL = 500;

    private DiskUsage() {}

    /**
     * {@return the allocated bytes of every file below a directory; 0 if it is not there}
     *
     * <p>A file that goes away meanwhile counts nothing.
     *
     * @param directory any directory, also one that is in use
     * @throws IOException if it cannot be read, or there is no {@code stat}
     */
    public static long allocatedBytes(Path directory) throws IOException, InterruptedException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        List<String> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(Path::toString)
                    .toList();
        } catch (UncheckedIOException e) {
            // A directory went away while it was walked; the caller asks again if it matters.
            throw new IOException(directory + " changes while it is measured", e);
        }
        long sum = 0;
        for (int from = 0; from < files.size(); from += FILES_PER_CALL) {
            sum += stat(files.subList(from, Math.min(files.size(), from + FILES_PER_CALL)));
        }
        return sum;
    }

    private static long stat(List<String> files) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("stat", "--format=%b %B", "--"));
        command.addAll(files);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        long sum = 0;
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        for (String line : output.lines().toList()) {
            int space = line.indexOf(' ');
            sum += Long.parseLong(line.substring(0, space)) * Long.parseLong(line.substring(space + 1));
        }
        // Its exit code is 1 when a file went away, which is expected of a database at work.
        int _ = process.waitFor();
        return sum;
    }
}
