package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.Arrays;

/**
 * Places in the tree. A path is the 32 bytes of a key's place; a prefix is a run of its half-bytes, one a byte, of which the
 * high half of the path's first byte comes first.
 */
final class Nibbles {

    /** The nibbles of a whole path. */
    static final int PATH_NIBBLES = 2 * Digest.SIZE_BYTES;

    private Nibbles() {}

    /** The nibble of a path at a depth, 0 to 63. */
    static int at(Bytes path, int depth) {
        int both = path.at(depth >> 1);
        return ((depth & 1) == 0 ? both >> 4 : both) & 0x0f;
    }

    /** The first nibbles of a path. */
    static Bytes prefix(Bytes path, int count) {
        byte[] nibbles = new byte[count];
        for (int depth = 0; depth < count; depth++) {
            nibbles[depth] = (byte) at(path, depth);
        }
        return Bytes.wrap(nibbles);
    }

    /** A prefix that is longer by one nibble. */
    static Bytes append(Bytes prefix, int nibble) {
        byte[] longer = Arrays.copyOf(prefix.readOnlyArray(), prefix.size() + 1);
        longer[prefix.size()] = (byte) nibble;
        return Bytes.wrap(longer);
    }

    /** The beginning of a prefix. */
    static Bytes head(Bytes prefix, int count) {
        return Bytes.wrap(Arrays.copyOf(prefix.readOnlyArray(), count));
    }

    /** Whether a path begins with a prefix. */
    static boolean startsWith(Bytes path, Bytes prefix) {
        for (int depth = 0; depth < prefix.size(); depth++) {
            if (at(path, depth) != prefix.at(depth)) {
                return false;
            }
        }
        return true;
    }

    /** Whether these are at most 64 numbers of 0 to 15. */
    static boolean areValid(Bytes prefix) {
        if (prefix.size() > PATH_NIBBLES) {
            return false;
        }
        for (byte nibble : prefix.readOnlyArray()) {
            if (nibble < 0 || nibble > 15) {
                return false;
            }
        }
        return true;
    }

    /** {@code count (1) | two nibbles a byte}, an odd last one in the high half. */
    static void encodePacked(ByteWriter writer, Bytes prefix) {
        writer.u8(prefix.size());
        for (int i = 0; i < prefix.size(); i += 2) {
            int low = i + 1 < prefix.size() ? prefix.at(i + 1) : 0;
            writer.u8(prefix.at(i) << 4 | low);
        }
    }

    /** For messages: one hexadecimal digit a nibble. */
    static String text(Bytes prefix) {
        StringBuilder text = new StringBuilder();
        for (byte nibble : prefix.readOnlyArray()) {
            text.append(Character.forDigit(nibble, 16));
        }
        return text.isEmpty() ? "(root)" : text.toString();
    }
}
