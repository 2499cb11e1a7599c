package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.Arrays;

/** Paths of the tree as runs of half-bytes, one a byte; the high half of a digest's first byte comes first. */
final class Nibbles {

    /** The nibbles of a whole path. */
    static final int PATH_NIBBLES = 2 * Digest.SIZE_BYTES;

    private Nibbles() {}

    /** All 64 nibbles of a path. */
    static Bytes of(Digest path) {
        byte[] bytes = path.toByteArray();
        byte[] nibbles = new byte[PATH_NIBBLES];
        for (int i = 0; i < bytes.length; i++) {
            nibbles[2 * i] = (byte) ((bytes[i] & 0xf0) >> 4);
            nibbles[2 * i + 1] = (byte) (bytes[i] & 0x0f);
        }
        return Bytes.wrap(nibbles);
    }

    /** The digest that all 64 nibbles are of. */
    static Digest digest(Bytes path) {
        byte[] bytes = new byte[Digest.SIZE_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (path.at(2 * i) << 4 | path.at(2 * i + 1));
        }
        return Digest.of(bytes);
    }

    static Bytes append(Bytes prefix, int nibble) {
        byte[] longer = Arrays.copyOf(prefix.readOnlyArray(), prefix.size() + 1);
        longer[prefix.size()] = (byte) nibble;
        return Bytes.wrap(longer);
    }

    static Bytes head(Bytes nibbles, int count) {
        return Bytes.wrap(Arrays.copyOf(nibbles.readOnlyArray(), count));
    }

    static boolean startsWith(Bytes nibbles, Bytes prefix) {
        return nibbles.size() >= prefix.size()
                && Arrays.equals(nibbles.readOnlyArray(), 0, prefix.size(), prefix.readOnlyArray(), 0, prefix.size());
    }

    /** Whether these are at most 64 numbers of 0 to 15. */
    static boolean areValid(Bytes nibbles) {
        if (nibbles.size() > PATH_NIBBLES) {
            return false;
        }
        for (byte nibble : nibbles.readOnlyArray()) {
            if (nibble < 0 || nibble > 15) {
                return false;
            }
        }
        return true;
    }

    /** {@code count (1) | two nibbles a byte}, an odd last one in the high half. */
    static void encodePacked(ByteWriter writer, Bytes nibbles) {
        writer.u8(nibbles.size());
        for (int i = 0; i < nibbles.size(); i += 2) {
            int low = i + 1 < nibbles.size() ? nibbles.at(i + 1) : 0;
            writer.u8(nibbles.at(i) << 4 | low);
        }
    }

    /** For messages: one hexadecimal digit a nibble. */
    static String text(Bytes nibbles) {
        StringBuilder text = new StringBuilder();
        for (byte nibble : nibbles.readOnlyArray()) {
            text.append(Character.forDigit(nibble, 16));
        }
        return text.isEmpty() ? "(root)" : text.toString();
    }
}
