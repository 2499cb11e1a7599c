package io.sherd.replication.genesis;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * What a cluster is founded on.
 *
 * @param name a name for people; it is under the cluster id like everything else
 * @param nonce 32 random bytes, so that two clusters with the same keys are two clusters
 * @param quorums n and f
 * @param piecesNeeded k: any so many pieces rebuild a segment; f + 1 to n - f
 * @param stateMachine the name of the {@link io.sherd.replication.ledger.StateMachine}
 * @param limits the numbers that replicas agree on
 * @param members the member table of epoch 0
 */
public record Genesis(
        String name,
        Digest nonce,
        Quorums quorums,
        int piecesNeeded,
        String stateMachine,
        Limits limits,
        MemberTable members) {

    /** Version of the genesis's canonical bytes. */
    public static final int FORMAT_VERSION = 1;

    private static final byte[] TAG = "sherd/genesis".getBytes(StandardCharsets.US_ASCII);

    /** Checks that the parts fit together. */
    public Genesis {
        if (name.isBlank() || name.length() > 100) {
            throw new IllegalArgumentException("a cluster's name has 1 to 100 characters");
        }
        if (members.epoch() != 0) {
            throw new IllegalArgumentException("a genesis has the member table of epoch 0, not " + members.epoch());
        }
        if (members.members().size() != quorums.replicaCount()) {
            throw new IllegalArgumentException("the genesis says %d replicas and lists %d"
                    .formatted(quorums.replicaCount(), members.members().size()));
        }
        if (piecesNeeded < quorums.oneCorrect() || piecesNeeded > quorums.quorum()) {
            throw new IllegalArgumentException("pieces-needed is %d, must be f + 1 = %d to n - f = %d"
                    .formatted(piecesNeeded, quorums.oneCorrect(), quorums.quorum()));
        }
    }

    /** {@return the cluster's identity: the hash of everything in the genesis} It is also the ledger hash before position 1. */
    public Digest clusterId() {
        return Sha256.of(encoded().readOnlyArray());
    }

    /** {@return what this cluster's signatures are made over} */
    public SigningDomain signingDomain() {
        return new SigningDomain(clusterId());
    }

    /** {@return the canonical bytes that the cluster id is the hash of} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter()
                .raw(TAG)
                .u16(FORMAT_VERSION)
                .text(name)
                .digest(nonce)
                .u16(quorums.replicaCount())
                .u16(quorums.faultLimit())
                .u16(piecesNeeded)
                .text(stateMachine);
        limits.encode(writer);
        members.encode(writer);
        return writer.toBytes();
    }
}
