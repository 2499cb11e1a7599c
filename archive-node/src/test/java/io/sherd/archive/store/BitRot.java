package io.sherd.archive.store;

import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Flips bits where the disk has them. */
public final class BitRot {

    private BitRot() {}

    /** Flips a bit in the middle of a value, in the first file of a directory that holds it. */
    public static void flipIn(Path directory, Bytes value) throws IOException {
        Path file = fileWith(directory, value);
        flip(file, indexOf(Files.readAllBytes(file), value.readOnlyArray()) + value.size() / 2);
    }

    /** Flips a bit of one byte. */
    public static void flip(Path file, int position) throws IOException {
        byte[] content = Files.readAllBytes(file);
        content[position] ^= 0x10;
        Files.write(file, content);
    }

    /** The first file of a directory that holds a value. */
    static Path fileWith(Path directory, Bytes value) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (indexOf(Files.readAllBytes(file), value.readOnlyArray()) >= 0) {
                    return file;
                }
            }
        }
        throw new AssertionError("no file holds the value");
    }

    private static int indexOf(byte[] content, byte[] value) {
        for (int at = 0; at + value.length <= content.length; at++) {
            if (Arrays.equals(content, at, at + value.length, value, 0, value.length)) {
                return at;
            }
        }
        return -1;
    }
}
