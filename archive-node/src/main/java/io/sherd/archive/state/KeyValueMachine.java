package io.sherd.archive.state;

import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state machine that Sherd ships: keys with values, and accounts that keep a count and a rolling hash of what was added to
 * them, so that a ledger of any size has a small state. Any client may change any key.
 *
 * <p>A key's value in the state is {@code 0 | value} or, for an account, {@code 1 | count (8) | hash (32)}.
 */
public final class KeyValueMachine implements StateMachine {

    /** What a genesis calls this machine. */
    public static final String NAME = "key-value/1";

    /** Of the results of one request of several operations; the one that passes it is still answered. */
    public static final int MAX_RESULTS_BYTES = 1 << 20;

    private static final int VALUE = 0;
    private static final int ACCOUNT = 1;

    /** The machine has no state of its own. */
    public KeyValueMachine() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Bytes apply(State state, VerifyingKey client, Bytes payload) {
        KeyValueOperation operation;
        try {
            operation = KeyValueOperation.decode(payload);
        } catch (WireFormatException e) {
            // Deterministic: it depends on the payload alone, so every replica answers the same.
            return new KeyValueResult.Malformed().encoded();
        }
        KeyValueResult result = switch (operation) {
            case KeyValueOperation.Simple simple -> apply(state, simple);
            case KeyValueOperation.Many many -> apply(state, many);
        };
        return result.encoded();
    }

    private static KeyValueResult.Many apply(State state, KeyValueOperation.Many many) {
        List<KeyValueResult.Simple> results = new ArrayList<>();
        long resultBytes = 0;
        for (KeyValueOperation.Simple operation : many.operations()) {
            boolean isFull = resultBytes > MAX_RESULTS_BYTES && operation instanceof KeyValueOperation.Get;
            KeyValueResult.Simple result = isFull ? new KeyValueResult.TooMuch() : apply(state, operation);
            if (result instanceof KeyValueResult.Found found) {
                resultBytes += found.value().size();
            }
            results.add(result);
        }
        return new KeyValueResult.Many(results);
    }

    private static KeyValueResult.Simple apply(State state, KeyValueOperation.Simple operation) {
        if (operation.key().size() > State.MAX_KEY_BYTES) {
            return new KeyValueResult.KeyTooLong();
        }
        return switch (operation) {
            case KeyValueOperation.Put put -> {
                state.put(
                        put.key(),
                        new ByteWriter(1 + put.value().size())
                                .u8(VALUE)
                                .raw(put.value())
                                .toBytes());
                yield new KeyValueResult.Done();
            }
            case KeyValueOperation.Get get -> read(state.get(get.key()));
            case KeyValueOperation.Delete delete -> {
                if (state.get(delete.key()) == null) {
                    yield new KeyValueResult.Absent();
                }
                state.delete(delete.key());
                yield new KeyValueResult.Done();
            }
            case KeyValueOperation.Append append -> append(state, append);
        };
    }

    private static KeyValueResult.Simple append(State state, KeyValueOperation.Append append) {
        KeyValueResult.Simple before = read(state.get(append.key()));
        if (before instanceof KeyValueResult.Found) {
            return new KeyValueResult.NotAnAccount();
        }
        KeyValueResult.Account account =
                before instanceof KeyValueResult.Account existing ? existing : KeyValueResult.Account.EMPTY;
        KeyValueResult.Account after = new KeyValueResult.Account(
                account.count() + 1,
                Sha256.of(account.hash().toByteArray(), append.data().readOnlyArray()));
        state.put(
                append.key(),
                new ByteWriter(41)
                        .u8(ACCOUNT)
                        .u64(after.count())
                        .digest(after.hash())
                        .toBytes());
        return after;
    }

    private static KeyValueResult.Simple read(@Nullable Bytes stored) {
        return stored == null ? new KeyValueResult.Absent() : stored(stored);
    }

    /**
     * What a key's value in the state says: a value, or an account.
     *
     * @param stored what this machine put under a key
     */
    public static KeyValueResult.Simple stored(Bytes stored) {
        ByteReader reader = new ByteReader(stored);
        try {
            int kind = reader.u8();
            if (kind != VALUE && kind != ACCOUNT) {
                throw new WireFormatException("kind " + kind);
            }
            KeyValueResult.Simple result = kind == VALUE
                    ? new KeyValueResult.Found(reader.rest())
                    : new KeyValueResult.Account(reader.u64(), reader.digest());
            reader.end();
            return result;
        } catch (WireFormatException e) {
            // Only this machine writes these values, and the store checks them when they are read. So the replica is
            // wrong, not the operation; it must stop and not answer for it.
            throw new AssertionError("a stored value is not one: " + e.getMessage(), e);
        }
    }
}
