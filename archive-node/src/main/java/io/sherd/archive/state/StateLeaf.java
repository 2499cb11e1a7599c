package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * One key and its value. Bytes: {@code space (1) | key length (4) | key | value length (4) | value}.
 *
 * @param space what kind of key it is: {@link #APPLICATION} or {@link #SESSION}
 * @param key the key
 * @param value the value
 */
public record StateLeaf(int space, Bytes key, Bytes value) {

    /** Keys of the state machine. */
    public static final int APPLICATION = 0;

    /** Clients' sessions: the key is the client's key. */
    public static final int SESSION = 1;

    /** The longest key that is decoded. */
    public static final int MAX_KEY_BYTES = 4096;

    /** The place of this leaf in the tree: {@code SHA-256(space | key)}; its first nibble is the branch at the root. */
    public Digest path() {
        return path(space, key);
    }

    /** The place of a key in the tree. */
    public static Digest path(int space, Bytes key) {
        return Sha256.of(new byte[] {(byte) space}, key.readOnlyArray());
    }

    /** The leaf hash: {@code H(0x00 | bytes)}. */
    public Digest digest() {
        return digest(encoded());
    }

    /** The leaf hash of a leaf's canonical bytes. */
    static Digest digest(Bytes encoded) {
        return MerkleHasher.leaf(encoded.readOnlyArray());
    }

    /** The canonical bytes. */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter(9 + key.size() + value.size());
        encode(writer);
        return writer.toBytes();
    }

    /** Appends the canonical bytes. */
    public void encode(ByteWriter writer) {
        writer.u8(space).sized(key).sized(value);
    }

    /** Reads a leaf whose value has at most {@code limitBytes}. */
    public static StateLeaf decode(ByteReader reader, int limitBytes) throws WireFormatException {
        return new StateLeaf(reader.u8(), reader.sized(MAX_KEY_BYTES), reader.sized(limitBytes));
    }
}
