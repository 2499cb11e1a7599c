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

/**
 * An inner node as it is stored: {@code which children (2) | which of them are leaves (2) | references}, ascending by nibble.
 * In both bit sets the lowest bit is nibble 0.
 *
 * @param children by nibble
 */
record StateNode(SortedMap<Integer, NodeReference> children) {

    private static final int BRANCHES = 16;

    StateNode {
        children = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(children));
    }

    /** {@code H(0x01 | which children (2) | their digests)}: see the package's page. */
    Digest digest() {
        return digest(digests());
    }

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

    SortedMap<Integer, Digest> digests() {
        SortedMap<Integer, Digest> digests = new TreeMap<>();
        children.forEach((nibble, child) -> digests.put(nibble, child.digest()));
        return digests;
    }

    long leafBytes() {
        return children.values().stream().mapToLong(NodeReference::leafBytes).sum();
    }

    Bytes encoded() {
        int present = 0;
        int leaves = 0;
        for (var child : children.entrySet()) {
            present |= 1 << child.getKey();
            leaves |= child.getValue() instanceof NodeReference.Leaf ? 1 << child.getKey() : 0;
        }
        ByteWriter writer = new ByteWriter().u16(present).u16(leaves);
        children.values().forEach(child -> child.encode(writer));
        return writer.toBytes();
    }

    static StateNode decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int present = reader.u16();
        int leaves = reader.u16();
        SortedMap<Integer, NodeReference> children = new TreeMap<>();
        for (int nibble = 0; nibble < BRANCHES; nibble++) {
            if ((present >> nibble & 1) != 0) {
                children.put(nibble, NodeReference.decode(reader, (leaves >> nibble & 1) != 0));
            }
        }
        reader.end();
        return new StateNode(children);
    }
}
