package io.sherd.consensus.core;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A prepared certificate (PBFT section 4.2): the primary's PRE-PREPARE and PREPAREs of n - f - 1 distinct backups for one
 * ballot. A VIEW-CHANGE carries it without the batch, which is fetched by its digest where it is missing.
 *
 * @param ballot what was prepared
 * @param prePrepare the primary's signature
 * @param prepares the backups' signatures, by replica, the primary not among them
 */
public record PreparedProof(Ballot ballot, Signature prePrepare, SortedMap<Integer, Signature> prepares) {

    /** Copies the map. */
    public PreparedProof {
        prepares = Collections.unmodifiableSortedMap(new TreeMap<>(prepares));
    }

    /**
     * Appends the canonical bytes: {@code ballot (56) | signature (64) | count (2) | (replica (2) | signature (64))*}, replicas
     * ascending.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        ballot.encode(writer);
        prePrepare.encode(writer);
        writer.u16(prepares.size());
        prepares.forEach((replica, signature) -> {
            writer.u16(replica);
            signature.encode(writer);
        });
    }

    /**
     * Reads a proof; whether it holds is for the core to say.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static PreparedProof decode(ByteReader reader) throws WireFormatException {
        Ballot ballot = Ballot.decode(reader);
        Signature prePrepare = Signature.decode(reader);
        int count = reader.u16();
        TreeMap<Integer, Signature> prepares = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int replica = reader.u16();
            if (!prepares.isEmpty() && replica <= prepares.lastKey()) {
                throw new WireFormatException("backups of a prepared certificate are not in ascending order");
            }
            prepares.put(replica, Signature.decode(reader));
        }
        return new PreparedProof(ballot, prePrepare, prepares);
    }
}
