package io.sherd.cli.demo;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file that the demo orders, and how many lines it has. It is read twice, once to count and to find a line that is too
 * long before anything is ordered, once to send; it is never held in memory.
 *
 * @param file the file
 * @param lines how many lines it has; a last one without a line feed counts
 * @param sizeBytes its size
 */
public record DemoInput(Path file, long lines, long sizeBytes) {
    /**
     * Looks through a file that the user gave.
     *
     * @param file any file
     * @throws CommandFailure if it cannot be read, or a line is too long
     */
    public static DemoInput of(Path file) throws CommandFailure {
        if (!Files.isRegularFile(file)) {
            throw new CommandFailure(
                    Files.exists(file) ? ExitCode.USAGE : ExitCode.NOT_FOUND,
                    "input.file",
                    file + (Files.exists(file) ? " is not a regular file" : " does not exist"),
                    "the input is read twice, so it must be a file");
        }
        long lines = 0;
        try (LineReader reader = open(file)) {
            while (reader.next().isPresent()) {
                lines++;
            }
            if (lines == 0) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "input.empty",
                        file + " is empty",
                        "one line is one transaction, and the demo needs one; an empty line is one, too");
            }
            return new DemoInput(file, lines, Files.size(file));
        } catch (LineReader.LineTooLongException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "input.line",
                    file + ": " + e.getMessage(),
                    "one line is one transaction; split the line, or give another file",
                    e);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.IO, "input.read", file + " cannot be read: " + e, "check the path and its mode", e);
        }
    }

    /**
     * Writes made-up transfers to a new file.
     *
     * @param file the file
     * @param count how many
     * @param seed decides all of them
     * @throws IOException if it cannot be written
     */
    public static DemoInput makeTransfers(Path file, long count, long seed) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            new Transfers(seed).write(count, out);
        }
        return new DemoInput(file, count, Files.size(file));
    }

    /** {@return a reader of the lines, from the first} */
    public LineReader open() throws IOException {
        return open(file);
    }

    private static LineReader open(Path file) throws IOException {
        return new LineReader(Files.newInputStream(file), DemoTransaction.MAX_LINE_BYTES);
    }
}
