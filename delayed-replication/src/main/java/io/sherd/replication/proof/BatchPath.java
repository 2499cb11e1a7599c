package io.sherd.replication.proof;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.merkle.MerklePath;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * The way from a request to its batch's digest. Bytes: {@code count 1 | (side 1 | sibling 32)*}, from the leaf upwards; side 0 is a
 * sibling on the left.
 *
 * <p>Unlike the other paths it names sides and no index: nothing that is signed binds how many requests a batch has, so paths of
 * different places and counts can lead to one digest. It proves that a request is in a batch, not where.
 *
 * @param siblings from the leaf upwards
 */
public record BatchPath(List<Sibling> siblings) {

    /** A batch has at most 2^16 requests. */
    private static final int MAX_SIBLINGS = 16;

    private static final int LEFT = 0;
    private static final int RIGHT = 1;

    /**
     * A neighbour on the way.
     *
     * @param isLeft whether it stands left of the way
     * @param digest its digest
     */
    public record Sibling(boolean isLeft, Digest digest) {}

    /** Copies the list. */
    public BatchPath {
        siblings = List.copyOf(siblings);
    }

    /**
     * {@return the path of a request of a batch}
     *
     * @param batch the batch
     * @param index the request's place in it
     */
    public static BatchPath of(Batch batch, int index) {
        MerkleTree tree = batch.tree();
        MerklePath path = tree.path(index);
        List<Sibling> siblings = new ArrayList<>();
        long node = index;
        long last = tree.leafCount() - 1;
        for (Digest sibling : path.siblings()) {
            // A last node without a partner rises until it has one, which then stands on its left.
            while (node == last && (node & 1) == 0) {
                node >>>= 1;
                last >>>= 1;
            }
            siblings.add(new Sibling((node & 1) == 1, sibling));
            node >>>= 1;
            last >>>= 1;
        }
        return new BatchPath(siblings);
    }

    /**
     * {@return the batch digest that this path leads to}
     *
     * @param request the request's digest
     */
    public Digest impliedDigest(Digest request) {
        Digest digest = request;
        for (Sibling sibling : siblings) {
            digest = sibling.isLeft()
                    ? MerkleHasher.node(sibling.digest(), digest)
                    : MerkleHasher.node(digest, sibling.digest());
        }
        return digest;
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u8(siblings.size());
        for (Sibling sibling : siblings) {
            writer.u8(sibling.isLeft() ? LEFT : RIGHT).digest(sibling.digest());
        }
    }

    /**
     * Reads a path.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static BatchPath decode(ByteReader reader) throws WireFormatException {
        int count = reader.u8();
        if (count > MAX_SIBLINGS) {
            throw new WireFormatException("a path of " + count + " siblings in a batch, at most " + MAX_SIBLINGS);
        }
        List<Sibling> siblings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int side = reader.u8();
            if (side > RIGHT) {
                throw new WireFormatException("a sibling stands left (0) or right (1), not " + side);
            }
            siblings.add(new Sibling(side == LEFT, reader.digest()));
        }
        return new BatchPath(siblings);
    }
}
