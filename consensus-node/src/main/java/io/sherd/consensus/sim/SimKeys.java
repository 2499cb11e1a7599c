package io.sherd.consensus.sim;

import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keyed hashes in place of signatures. One verifier knows the secrets of all signers that it made. The hash is no
 * cryptographic one: it need only tell apart what a simulation signs, and it is most of what a simulation does.
 */
final class SimKeys implements SimSignatures {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ODD = 0x9E3779B97F4A7C15L;

    private final Map<VerifyingKey, Long> secrets = new LinkedHashMap<>();

    @Override
    public Signer signer(String name) {
        VerifyingKey key = new VerifyingKey(Sha256.of(("key " + name).getBytes(StandardCharsets.UTF_8)));
        long secret = mac(ODD, ("secret " + name).getBytes(StandardCharsets.UTF_8));
        secrets.put(key, secret);
        return new Signer() {
            @Override
            public VerifyingKey key() {
                return key;
            }

            @Override
            public Signature sign(byte[] message) {
                byte[] bytes = new byte[Signature.SIZE_BYTES];
                LONGS.set(bytes, 0, mac(secret, message));
                return new Signature(Bytes.wrap(bytes));
            }
        };
    }

    @Override
    public boolean verify(VerifyingKey key, byte[] message, Signature signature) {
        Long secret = secrets.get(key);
        return secret != null && (long) LONGS.get(signature.bytes().readOnlyArray(), 0) == mac(secret, message);
    }

    private static long mac(long secret, byte[] message) {
        long hash = secret ^ message.length * ODD;
        int end = message.length & -8;
        for (int i = 0; i < end; i += 8) {
            hash = (hash ^ (long) LONGS.get(message, i)) * ODD;
            hash ^= hash >>> 29;
        }
        for (int i = end; i < message.length; i++) {
            hash = (hash ^ message[i]) * ODD;
        }
        hash = (hash ^ hash >>> 32) * ODD;
        return hash ^ hash >>> 29;
    }
}
