package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * What a client's session keeps of a result. Bytes: {@code 0 | length (4) | result} or
 * {@code 1 | SHA-256 of the result (32)}.
 */
sealed interface KeptResult {

    /** A result that is kept. */
    record Whole(Bytes result) implements KeptResult {}

    /** A result that was larger than the genesis's limit. */
    record TooLarge(Digest digest) implements KeptResult {}

    /** What is kept of a result under a limit. */
    static KeptResult of(Bytes result, int limitBytes) {
        return result.size() <= limitBytes ? new Whole(result) : new TooLarge(Sha256.of(result.readOnlyArray()));
    }

    /** Appends the bytes. */
    default void encode(ByteWriter writer) {
        switch (this) {
            case Whole whole -> writer.u8(0).sized(whole.result());
            case TooLarge tooLarge -> writer.u8(1).digest(tooLarge.digest());
        }
    }

    /** Reads what {@link #encode} wrote. */
    static KeptResult decode(ByteReader reader) throws WireFormatException {
        int kind = reader.u8();
        return switch (kind) {
            case 0 -> new Whole(reader.sized(Integer.MAX_VALUE));
            case 1 -> new TooLarge(reader.digest());
            default -> throw new WireFormatException("unknown kind of result " + kind);
        };
    }
}
