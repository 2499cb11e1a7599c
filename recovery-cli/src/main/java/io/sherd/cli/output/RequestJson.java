package io.sherd.cli.output;

import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of the ledger as the fields of a JSON document:
 *
 * <pre>
 *   {"client":"5c1e…","id":12,"operation":"put","key":"a","value":"b"}
 * </pre>
 *
 * <p>Keys and values that are not UTF-8 stand in {@code keyBase64} and {@code valueBase64}. What an operation means to another state
 * machine than the key-value one is not known here: it is {@code "operation":"application"} with its {@code payload}.
 */
public final class RequestJson {
    private RequestJson() {}

    /**
     * {@return the fields, in their order}
     *
     * @param genesis whose state machine says what operations mean
     * @param request any request
     */
    public static Map<String, @Nullable Object> fields(Genesis genesis, Request request) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        switch (request) {
            case Request.Operation operation -> {
                fields.put("client", operation.client().hex());
                fields.put("id", operation.id());
                if (genesis.stateMachine().equals(KeyValueMachine.NAME)) {
                    describe(operation.payload(), fields);
                } else {
                    fields.put("operation", "application");
                    text(fields, "payload", operation.payload());
                }
            }
            case Request.Seal _ -> fields.put("operation", "seal");
            case Request.Rejoin rejoin -> {
                fields.put("operation", "rejoin");
                fields.put("replica", rejoin.replica());
                fields.put("incarnation", rejoin.incarnation());
                fields.put("directory", rejoin.directory().bytes().hex());
            }
            case Request.Change change -> {
                fields.put("operation", "change");
                fields.put("epoch", change.epoch());
                fields.put("admin", change.admin().hex());
                fields.put(
                        "changes",
                        change.changes().stream().map(RequestJson::fields).toList());
            }
        }
        return fields;
    }

    private static Map<String, @Nullable Object> fields(MemberChange change) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        switch (change) {
            case MemberChange.ReplaceKey(int replica, VerifyingKey key, Digest pin) -> {
                fields.put("change", "replace-key");
                fields.put("replica", replica);
                fields.put("key", key.hex());
                fields.put("tlsPin", pin.hex());
            }
            case MemberChange.ChangeAddress(int replica, String peerAddress, String edgeAddress) -> {
                fields.put("change", "change-address");
                fields.put("replica", replica);
                fields.put("peerAddress", peerAddress);
                fields.put("edgeAddress", edgeAddress);
            }
            case MemberChange.AddClient(VerifyingKey key) -> {
                fields.put("change", "add-client");
                fields.put("key", key.hex());
            }
            case MemberChange.RevokeClient(VerifyingKey key) -> {
                fields.put("change", "revoke-client");
                fields.put("key", key.hex());
            }
        }
        return fields;
    }

    /**
     * Adds bytes as text, or where they are none under another name: {@code valueBase64} for {@code value}.
     *
     * @param fields where to
     * @param name the name of the text
     * @param bytes any bytes
     */
    public static void text(Map<String, @Nullable Object> fields, String name, Bytes bytes) {
        try {
            fields.put(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes.readOnlyArray()))
                            .toString());
        } catch (CharacterCodingException e) {
            // Not text: JSON has no other way to carry bytes.
            fields.put(name + "Base64", Base64.getEncoder().encodeToString(bytes.readOnlyArray()));
        }
    }

    private static void describe(Bytes payload, Map<String, @Nullable Object> fields) {
        KeyValueOperation operation;
        try {
            operation = KeyValueOperation.decode(payload);
        } catch (WireFormatException e) {
            // It is in the ledger all the same: the state machine answered that it does not understand it.
            fields.put("operation", "unknown");
            text(fields, "payload", payload);
            return;
        }
        switch (operation) {
            case KeyValueOperation.Simple simple -> describe(simple, fields);
            case KeyValueOperation.Many many -> {
                fields.put("operation", "many");
                fields.put(
                        "operations",
                        many.operations().stream()
                                .map(simple -> {
                                    Map<String, @Nullable Object> part = new LinkedHashMap<>();
                                    describe(simple, part);
                                    return part;
                                })
                                .toList());
            }
        }
    }

    private static void describe(KeyValueOperation.Simple operation, Map<String, @Nullable Object> fields) {
        fields.put(
                "operation",
                switch (operation) {
                    case KeyValueOperation.Put _ -> "put";
                    case KeyValueOperation.Get _ -> "get";
                    case KeyValueOperation.Delete _ -> "del";
                    case KeyValueOperation.Append _ -> "append";
                });
        text(fields, "key", operation.key());
        switch (operation) {
            case KeyValueOperation.Put put -> text(fields, "value", put.value());
            case KeyValueOperation.Append append -> text(fields, "value", append.data());
            case KeyValueOperation.Get _, KeyValueOperation.Delete _ -> {}
        }
    }
}
