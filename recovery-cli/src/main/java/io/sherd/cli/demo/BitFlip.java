package io.sherd.cli.demo;

import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.piece.Piece;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Rot, made by hand: one bit of one stored piece, in the file that it lies in. */
final class BitFlip {
    private static final String VALUE_FILES = ".blob";
    private static final int SCAN_BYTES = 1 << 20;

    private BitFlip() {}

    /**
     * Flips the lowest bit of the middle byte of a stored piece.
     *
     * @param dataDirectory of a replica that is stopped
     * @param replica whose it is
     * @param segment whose piece
     * @return the file and the place in it
     * @throws IOException if the piece is not in a file of values
     */
    static String flip(Path dataDirectory, int replica, long segment) throws StoreException, IOException {
        Path archive = new DataDirectory.Layout(dataDirectory).archive();
        byte[] piece;
        try (RocksPieceStore store = RocksPieceStore.openReadOnly(archive)) {
            Optional<Piece> own = store.piece(segment, replica);
            piece = own.orElseThrow(() -> new IOException("segment " + segment + " has no piece to flip a bit of"))
                    .bytes()
                    .toByteArray();
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(archive)) {
            files = all.filter(file -> file.toString().endsWith(VALUE_FILES))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            long place = find(file, piece);
            if (place >= 0) {
                flipBit(file, place + piece.length / 2);
                return file.getFileName() + " at byte " + (place + piece.length / 2);
            }
        }
        throw new IOException("the piece of segment %d is in none of %d files".formatted(segment, files.size()));
    }

    /** Where a file contains some bytes; -1 if nowhere. */
    static long find(Path file, byte[] wanted) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] window = new byte[SCAN_BYTES + wanted.length];
            for (long start = 0; start + wanted.length <= in.length(); start += SCAN_BYTES) {
                in.seek(start);
                int size = (int) Math.min(window.length, in.length() - start);
                in.readFully(window, 0, size);
                int found = indexOf(window, size, wanted);
                if (found >= 0) {
                    return start + found;
                }
            }
            return -1;
        }
    }

    private static int indexOf(byte[] window, int size, byte[] wanted) {
        for (int i = 0; i + wanted.length <= size; i++) {
            if (window[i] == wanted[0]
                    && java.util.Arrays.equals(window, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private static void flipBit(Path file, long place) throws IOException {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.seek(place);
            int value = data.read();
            data.seek(place);
            data.write(value ^ 1);
            data.getFD().sync();
        }
    }
}
