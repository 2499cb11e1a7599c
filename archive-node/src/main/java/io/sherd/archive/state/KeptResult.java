package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * What a client's session keeps of a result, with the position at which it was made: a client accepts f + 1 equal words, so a
 * word that is repeated must be the first one again. Bytes: {@code 0 | sequence (8) | length (4) | result} or
 * {@code 1 | sequence (8) | SHA-256 of the result (32)}.
 */
sealed interface KeptResult {

    /** The position of the entry that the operation was executed in. */
    long sequence();

    /** A result that is kept. */
    record Whole(long sequence, Bytes result) implements KeptResult {}

    /** A result that was larger than the genesis's limit. */
    record TooLarge(long sequence, Digest digest) implements KeptResult {}

    /** What is kept of a result under a limit. */
    static KeptResult of(long sequence, Bytes result, int limitBytes) {
        return result.size() <= limitBytes
                ? new Whole(sequence, result)
                : new TooLarge(sequence, Sha256.of(result.readOnlyArray()));
    }

    /** How many bytes {@link #encode} appends. */
    default int sizeBytes() {
        return 1
                + Long.BYTES
                + switch (this) {
                    case Whole whole -> Integer.BYTES + whole.result().size();
                    case TooLarge _ -> Digest.SIZE_BYTES;
                };
    }

    /** Appends the bytes. */
    default void encode(ByteWriter writer) {
        switch (this) {
            case Whole whole -> writer.u8(0).u64(whole.sequence()).sized(whole.result());
            case TooLarge tooLarge -> writer.u8(1).u64(tooLarge.sequence()).digest(tooLarge.digest());
        }
    }

    /** Reads what {@link #encode} wrote. */
    static KeptResult decode(ByteReader reader) throws WireFormatException {
        int kind = reader.u8();
        return switch (kind) {
            case 0 -> new Whole(reader.u64(), reader.sized(Integer.MAX_VALUE));
            case 1 -> new TooLarge(reader.u64(), reader.digest());
            default -> throw new WireFormatException("unknown kind of result " + kind);
        };
    }
}
