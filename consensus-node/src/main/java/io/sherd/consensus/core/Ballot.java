package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;

/**
 * What PRE-PREPARE, PREPARE and COMMIT are about. Bytes: {@code epoch (8) | view (8) | sequence (8) | digest (32)}; signed are
 * the last three under the epoch's domain.
 *
 * @param epoch the epoch
 * @param view the view in it
 * @param sequence the position
 * @param digest the batch's digest
 */
public record Ballot(long epoch, long view, long sequence, Digest digest) {

    /** The bytes that a replica signs for a vote of a type. */
    public byte[] toSign(SigningDomain domain, SignedType type) {
        byte[] body = new ByteWriter(48).u64(view).u64(sequence).digest(digest).toByteArray();
        return domain.toSign(epoch, type, body);
    }

    /** Appends the canonical bytes. */
    public void encode(ByteWriter writer) {
        writer.u64(epoch).u64(view).u64(sequence).digest(digest);
    }

    /** Reads a ballot. */
    public static Ballot decode(ByteReader reader) throws WireFormatException {
        return new Ballot(reader.u64(), reader.u64(), reader.u64(), reader.digest());
    }
}
