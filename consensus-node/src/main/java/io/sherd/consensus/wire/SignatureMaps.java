package io.sherd.consensus.wire;

import io.sherd.replication.Quorums;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.SortedMap;
import java.util.TreeMap;

/** Signatures of distinct replicas. Bytes: {@code count (2) | (replica (2) | signature (64))*}, replicas ascending. */
public final class SignatureMaps {

    private SignatureMaps() {}

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     * @param signatures by replica
     */
    public static void encode(ByteWriter writer, SortedMap<Integer, Signature> signatures) {
        writer.u16(signatures.size());
        signatures.forEach((replica, signature) -> {
            writer.u16(replica);
            signature.encode(writer);
        });
    }

    /**
     * Reads signatures and leaves the reader behind them.
     *
     * @param reader stands before the first byte
     * @param quorums which replicas there are
     * @param what what is signed, for the message
     * @return what stood there, by replica
     * @throws WireFormatException if a number is no replica's, or they do not ascend
     */
    public static SortedMap<Integer, Signature> decode(ByteReader reader, Quorums quorums, String what)
            throws WireFormatException {
        int count = reader.u16();
        if (count > quorums.replicaCount()) {
            throw new WireFormatException(
                    "%s: %d signatures of %d replicas".formatted(what, count, quorums.replicaCount()));
        }
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int replica = reader.u16();
            if (!signatures.isEmpty() && replica <= signatures.lastKey()) {
                throw new WireFormatException(what + ": replicas are not in ascending order");
            }
            signatures.put(replica, Signature.decode(reader));
        }
        requireReplicas(signatures, quorums, what);
        return signatures;
    }

    /** Refuses signers that the cluster does not have. */
    static void requireReplicas(SortedMap<Integer, Signature> signatures, Quorums quorums, String what)
            throws WireFormatException {
        if (!signatures.isEmpty() && !quorums.isReplica(signatures.lastKey())) {
            throw new WireFormatException(
                    "%s: signed by replica %d of %d".formatted(what, signatures.lastKey(), quorums.replicaCount()));
        }
    }
}
