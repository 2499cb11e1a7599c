package io.sherd.consensus.core;

import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An entry with its commit proof: COMMITs of n - f replicas for one ballot. It proves itself to whoever has verified
 * everything before it.
 *
 * @param entry the entry
 * @param epoch the epoch it was committed in
 * @param view the view it was committed in
 * @param commits the COMMITs' signatures, by replica
 */
public record DecidedEntry(LedgerEntry entry, long epoch, long view, SortedMap<Integer, Signature> commits) {

    /** Copies the map. */
    public DecidedEntry {
        commits = Collections.unmodifiableSortedMap(new TreeMap<>(commits));
    }

    /**
     * Whether the COMMITs prove the entry: those of n - f replicas of its epoch, and no bad one among them.
     *
     * @param domain the cluster's
     * @param quorums n and f
     * @param members the member table of the epoch it was committed in
     * @param verifier decides about signatures
     */
    public boolean isProved(SigningDomain domain, Quorums quorums, MemberTable members, SignatureVerifier verifier) {
        byte[] signed = ballot().toSign(domain, SignedType.COMMIT);
        return epoch == members.epoch()
                && quorums.isQuorum(commits.size())
                && commits.entrySet().stream()
                        .allMatch(commit -> quorums.isReplica(commit.getKey())
                                && verifier.verify(
                                        members.member(commit.getKey()).key(), signed, commit.getValue()));
    }

    /** What the COMMITs are for. */
    public Ballot ballot() {
        return new Ballot(epoch, view, entry.sequence(), entry.batch().digest());
    }
}
