package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;

/**
 * Where a subtree is stored, and what it must hash to. Only the digest is under the root; the rest is this store's own.
 * Bytes, after a byte that tells them apart: {@code digest (32) | version (8) | leaf bytes (8)}, then {@code path (32)} for a
 * leaf.
 */
sealed interface NodeReference {

    /** Size of the bytes of an inner node's reference. */
    int INNER_BYTES = Digest.SIZE_BYTES + 8 + 8;

    /** What a parent binds. */
    Digest digest();

    /** The position of the checkpoint, or of the import, that wrote it. */
    long version();

    /** Canonical bytes of all leaves below. */
    long leafBytes();

    /** A subtree of one leaf, at whatever depth it is alone; its path has 32 bytes. */
    record Leaf(Digest digest, long version, long leafBytes, Bytes path) implements NodeReference {}

    /** A subtree of two or more leaves. */
    record Inner(Digest digest, long version, long leafBytes) implements NodeReference {}

    /** Appends the bytes without the byte that tells a leaf from an inner node. */
    default void encode(ByteWriter writer) {
        writer.digest(digest()).u64(version()).u64(leafBytes());
        if (this instanceof Leaf leaf) {
            writer.raw(leaf.path());
        }
    }

    /** Reads what {@link #encode} wrote. */
    static NodeReference decode(ByteReader reader, boolean isLeaf) throws WireFormatException {
        Digest digest = reader.digest();
        long version = reader.u64();
        long leafBytes = reader.u64();
        return isLeaf
                ? new Leaf(digest, version, leafBytes, reader.raw(Digest.SIZE_BYTES))
                : new Inner(digest, version, leafBytes);
    }

    /** Appends the root of a tree: {@code 0 | nothing}, {@code 1 | leaf} or {@code 2 | inner node}. */
    static void encodeRoot(ByteWriter writer, Optional<NodeReference> root) {
        writer.u8(root.isEmpty() ? 0 : root.get() instanceof Leaf ? 1 : 2);
        root.ifPresent(reference -> reference.encode(writer));
    }

    /** Reads what {@link #encodeRoot} wrote. */
    static Optional<NodeReference> decodeRoot(ByteReader reader) throws WireFormatException {
        int kind = reader.u8();
        return switch (kind) {
            case 0 -> Optional.empty();
            case 1, 2 -> Optional.of(decode(reader, kind == 1));
            default -> throw new WireFormatException("unknown kind of root " + kind);
        };
    }
}
