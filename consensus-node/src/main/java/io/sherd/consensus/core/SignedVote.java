package io.sherd.consensus.core;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.Comparator;

/**
 * A replica's vote without what it was sent with: enough to show the replica that it has cast it. Bytes: {@code type (1) |
 * ballot (56) | signature (64)}.
 *
 * @param type PRE_PREPARE, PREPARE or COMMIT
 * @param ballot what was voted for
 * @param signature over the ballot
 */
public record SignedVote(SignedType type, Ballot ballot, Signature signature) {

    /** Later ones are greater: by epoch, view and position. */
    static final Comparator<SignedVote> BY_TIME = Comparator.comparingLong((SignedVote vote) -> vote.ballot.epoch())
            .thenComparingLong(vote -> vote.ballot.view())
            .thenComparingLong(vote -> vote.ballot.sequence());

    /** Checks the type. */
    public SignedVote {
        if (!isVote(type)) {
            throw new IllegalArgumentException(type + " is no vote");
        }
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u8(type.id());
        ballot.encode(writer);
        signature.encode(writer);
    }

    /**
     * Reads a vote.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static SignedVote decode(ByteReader reader) throws WireFormatException {
        int id = reader.u8();
        for (SignedType type : SignedType.values()) {
            if (type.id() == id && isVote(type)) {
                return new SignedVote(type, Ballot.decode(reader), Signature.decode(reader));
            }
        }
        throw new WireFormatException("type %d is no vote".formatted(id));
    }

    private static boolean isVote(SignedType type) {
        return type == SignedType.PRE_PREPARE || type == SignedType.PREPARE || type == SignedType.COMMIT;
    }
}
