package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteWriter;

/**
 * One decided batch at its place in the ledger.
 *
 * @param sequence the position, 1 or more
 * @param batch what was decided there
 */
public record LedgerEntry(long sequence, Batch batch) {

    /** The first position of a ledger. */
    public static final long FIRST_SEQUENCE = 1;

    private static final byte[] CHAIN_PREFIX = {0x02};

    /** Checks the position. */
    public LedgerEntry {
        if (sequence < FIRST_SEQUENCE) {
            throw new IllegalArgumentException("positions start at 1, not " + sequence);
        }
    }

    /** {@return the leaf of this entry in its segment's tree: {@code H(0x00 | sequence | digest(batch))}} */
    public Digest leaf() {
        return leaf(sequence, batch.digest());
    }

    /**
     * {@return the leaf of an entry of which only the batch's digest is known}
     *
     * @param sequence its position
     * @param batchDigest the digest of its batch
     */
    public static Digest leaf(long sequence, Digest batchDigest) {
        return MerkleHasher.leaf(hashed(sequence, batchDigest));
    }

    /**
     * The ledger hash after this entry: {@code H(0x02 | before | sequence | digest(batch))}.
     *
     * @param before the ledger hash after the entry before it; the cluster id when this is the first
     * @return the hash after this entry
     */
    public Digest ledgerHash(Digest before) {
        return Sha256.of(CHAIN_PREFIX, before.toByteArray(), hashed(sequence, batch.digest()));
    }

    private static byte[] hashed(long sequence, Digest batchDigest) {
        return new ByteWriter(40).u64(sequence).digest(batchDigest).toByteArray();
    }
}
