package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An inner node as it is stored: {@code which children (2) | which of them are leaves (2) | references}, ascending by nibble.
 * In both bit sets the lowest bit is nibble 0. Immutable. The children are in an array, since checkpoints spend most of their
 * time in nodes.
 */
final class StateNode {

    static final int BRANCHES = 16;

    private final @Nullable NodeReference[] children;

    private StateNode(@Nullable NodeReference[] children) {
        this.children = children;
    }

    /** A node of children by nibble; the array is given away. */
    static StateNode of(@Nullable NodeReference[] children) {
        if (children.length != BRANCHES) {
            throw new IllegalArgumentException("a node has 16 places for children, not " + children.length);
        }
        return new StateNode(children);
    }

    /** The child at a nibble, if there is one. */
    @Nullable
    NodeReference child(int nibble) {
        return children[nibble];
    }

    /** All sixteen places, to be changed by the caller. */
    @Nullable
    NodeReference[] copyOfChildren() {
        return children.clone();
    }

    /** {@code H(0x01 | which children (2) | their digests)}: see the package's page. */
    Digest digest() {
        ByteWriter writer = new ByteWriter(3 + Digest.SIZE_BYTES * BRANCHES);
        writer.u8(MerkleHasher.NODE_PREFIX).u16(present());
        for (NodeReference child : children) {
            if (child != null) {
                writer.digest(child.digest());
            }
        }
        return Sha256.of(writer.toByteArray());
    }

    /** The digest of a node whose children have these digests. */
    static Digest digest(SortedMap<Integer, Digest> children) {
        ByteWriter writer = new ByteWriter(3 + Digest.SIZE_BYTES * children.size());
        writer.u8(MerkleHasher.NODE_PREFIX);
        encodeDigests(writer, children);
        return Sha256.of(writer.toByteArray());
    }

    /** Appends {@code which children (2) | their digests}. */
    static void encodeDigests(ByteWriter writer, SortedMap<Integer, Digest> children) {
        int bitmap = 0;
        for (int nibble : children.keySet()) {
            bitmap |= 1 << nibble;
        }
        writer.u16(bitmap);
        children.values().forEach(writer::digest);
    }

    /** Reads what {@link #encodeDigests} wrote. */
    static SortedMap<Integer, Digest> decodeDigests(ByteReader reader) throws WireFormatException {
        int bitmap = reader.u16();
        SortedMap<Integer, Digest> children = new TreeMap<>();
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            if ((bitmap >> nibble & 1) != 0) {
                children.put(nibble, reader.digest());
            }
        }
        return children;
    }

    /** The children's digests by nibble. */
    SortedMap<Integer, Digest> digests() {
        SortedMap<Integer, Digest> digests = new TreeMap<>();
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            NodeReference child = children[nibble];
            if (child != null) {
                digests.put(nibble, child.digest());
            }
        }
        return digests;
    }

    /** Canonical bytes of all leaves below. */
    long leafBytes() {
        long sum = 0;
        for (NodeReference child : children) {
            sum += child == null ? 0 : child.leafBytes();
        }
        return sum;
    }

    /** The bytes that are stored. */
    Bytes encoded() {
        int leaves = 0;
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            leaves |= children[nibble] instanceof NodeReference.Leaf ? 1 << nibble : 0;
        }
        int present = present();
        ByteWriter writer = new ByteWriter(4
                + Integer.bitCount(present) * NodeReference.INNER_BYTES
                + Integer.bitCount(leaves) * Digest.SIZE_BYTES);
        writer.u16(present).u16(leaves);
        for (NodeReference child : children) {
            if (child != null) {
                child.encode(writer);
            }
        }
        return writer.toBytes();
    }

    /** Reads what {@link #encoded} wrote. */
    static StateNode decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int present = reader.u16();
        int leaves = reader.u16();
        @Nullable NodeReference[] children = new NodeReference[BRANCHES];
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            if ((present >> nibble & 1) != 0) {
                children[nibble] = NodeReference.decode(reader, (leaves >> nibble & 1) != 0);
            }
        }
        reader.end();
        return new StateNode(children);
    }

    private int present() {
        int bitmap = 0;
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            bitmap |= children[nibble] == null ? 0 : 1 << nibble;
        }
        return bitmap;
    }
}
