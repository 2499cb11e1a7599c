package io.sherd.consensus.core;

import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.wire.Bytes;
import java.util.Map;
import java.util.SortedMap;

/** Makes and checks the signatures over ballots, and the certificates that consist of them. */
final class Ballots {

    /** Stands for the signature while the bytes to sign are made. */
    static final Signature UNSIGNED = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));

    private final ReplicaConfig config;
    private final Authenticator authenticator;

    Ballots(ReplicaConfig config, Authenticator authenticator) {
        this.config = config;
        this.authenticator = authenticator;
    }

    Signature sign(Ballot ballot, SignedType type) {
        return authenticator.signer().sign(ballot.toSign(config.domain(), type));
    }

    /** Whether a replica of a member table signed a ballot. */
    boolean isSigned(Ballot ballot, SignedType type, int replica, Signature signature, MemberTable members) {
        return config.quorums().isReplica(replica)
                && authenticator
                        .verifier()
                        .verify(members.member(replica).key(), ballot.toSign(config.domain(), type), signature);
    }

    /** Whether n - f replicas signed COMMITs for an entry in the member table's epoch. */
    boolean isCommitted(DecidedEntry entry, MemberTable members) {
        return entry.isProved(config.domain(), config.quorums(), members, authenticator.verifier());
    }

    /** Whether the primary of its view and n - f - 1 backups signed what a prepared certificate shows. */
    boolean isPrepared(PreparedProof proof, MemberTable members) {
        Ballot ballot = proof.ballot();
        int primary = config.quorums().primaryOf(ballot.epoch(), ballot.view());
        return ballot.epoch() == members.epoch()
                && proof.prepares().size() >= config.quorums().preparesNeeded()
                && !proof.prepares().containsKey(primary)
                && isSigned(ballot, SignedType.PRE_PREPARE, primary, proof.prePrepare(), members)
                && areSigned(ballot, SignedType.PREPARE, proof.prepares(), members);
    }

    private boolean areSigned(
            Ballot ballot, SignedType type, SortedMap<Integer, Signature> signatures, MemberTable members) {
        for (Map.Entry<Integer, Signature> signed : signatures.entrySet()) {
            if (!isSigned(ballot, type, signed.getKey(), signed.getValue(), members)) {
                return false;
            }
        }
        return true;
    }
}
