package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The root of a state, from all of it, as the package's page defines it; with none of the code under test. */
final class ReferenceStateTree {

    private ReferenceStateTree() {}

    /** The root of a map of application keys. */
    static Digest root(Map<Bytes, Bytes> state) {
        TreeMap<String, byte[]> leaves = new TreeMap<>();
        state.forEach((key, value) -> {
            byte[] place = sha256(new byte[] {0}, key.toByteArray());
            byte[] leaf = sha256(
                    new byte[] {0, 0},
                    ByteBuffer.allocate(4).putInt(key.size()).array(),
                    key.toByteArray(),
                    ByteBuffer.allocate(4).putInt(value.size()).array(),
                    value.toByteArray());
            leaves.put(Digest.of(place).hex(), leaf);
        });
        return Digest.of(leaves.isEmpty() ? sha256() : subtree(leaves, ""));
    }

    private static byte[] subtree(SortedMap<String, byte[]> leaves, String prefix) {
        if (leaves.size() == 1) {
            return leaves.values().iterator().next();
        }
        int bitmap = 0;
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        for (int nibble = 0; nibble < 16; nibble++) {
            String branch = prefix + Integer.toHexString(nibble);
            TreeMap<String, byte[]> below = new TreeMap<>();
            leaves.forEach((place, leaf) -> {
                if (place.startsWith(branch)) {
                    below.put(place, leaf);
                }
            });
            if (!below.isEmpty()) {
                bitmap += (int) Math.pow(2, nibble);
                digests.writeBytes(subtree(below, branch));
            }
        }
        return sha256(new byte[] {1}, new byte[] {(byte) (bitmap / 256), (byte) (bitmap % 256)}, digests.toByteArray());
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
