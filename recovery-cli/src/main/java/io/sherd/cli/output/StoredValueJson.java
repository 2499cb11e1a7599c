package io.sherd.cli.output;

import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.wire.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a state has under a key, as the fields of a JSON document: {@code value} or {@code valueBase64}, or {@code count} and
 * {@code hash} of an account. What another state machine than the key-value one stores is not known here: it is {@code stored}.
 */
public final class StoredValueJson {
    private StoredValueJson() {}

    /**
     * {@return the fields, in their order}
     *
     * @param genesis whose state machine says what stored bytes mean
     * @param stored what is under the key
     */
    public static Map<String, @Nullable Object> fields(Genesis genesis, Bytes stored) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        if (!genesis.stateMachine().equals(KeyValueMachine.NAME)) {
            RequestJson.text(fields, "stored", stored);
            return fields;
        }
        switch (KeyValueMachine.stored(stored)) {
            case KeyValueResult.Found(Bytes value) -> RequestJson.text(fields, "value", value);
            case KeyValueResult.Account(long count, var hash) -> {
                fields.put("count", count);
                fields.put("hash", hash.hex());
            }
            case KeyValueResult.Simple other -> throw new IllegalStateException("a stored value is never " + other);
        }
        return fields;
    }
}
