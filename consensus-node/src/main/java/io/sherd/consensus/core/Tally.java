package io.sherd.consensus.core;

import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.ledger.Signature;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The signatures for one closing, by statement. Of each replica one counts, so there are at most n statements. What this
 * replica sealed itself, or n - f replicas signed, is the true one.
 */
final class Tally {

    private final LinkedHashMap<CheckpointStatement, TreeMap<Integer, Signature>> votes = new LinkedHashMap<>();
    private @Nullable CheckpointStatement trueStatement;
    private Message.@Nullable Checkpoint own;

    /** The statement known to be true, or null. */
    @Nullable
    CheckpointStatement trueStatement() {
        return trueStatement;
    }

    /** This replica's own CHECKPOINT, or null. */
    Message.@Nullable Checkpoint own() {
        return own;
    }

    /** A statement is known to be true: this replica sealed it, or a certificate shows it. */
    void trust(CheckpointStatement statement) {
        CheckpointStatement known = trueStatement;
        if (known != null) {
            Invariant.holds(
                    known.equals(statement),
                    "two statements for position %d: %s and %s; the state or the ledger on this disk is damaged",
                    statement.sequence(),
                    known,
                    statement);
        }
        trueStatement = statement;
    }

    /** A replica's CHECKPOINT, if it is counted here. */
    Optional<Message.Checkpoint> of(int replica) {
        for (var counted : votes.entrySet()) {
            Signature signature = counted.getValue().get(replica);
            if (signature != null) {
                return Optional.of(new Message.Checkpoint(counted.getKey(), replica, signature));
            }
        }
        return Optional.empty();
    }

    void sign(Message.Checkpoint checkpoint) {
        own = checkpoint;
        votes.computeIfAbsent(checkpoint.statement(), s -> new TreeMap<>())
                .put(checkpoint.replica(), checkpoint.signature());
    }

    /** Counts a signature; returns why not, or null. */
    @Nullable
    IgnoreReason add(CheckpointStatement statement, int replica, Signature signature) {
        for (var counted : votes.entrySet()) {
            if (counted.getValue().containsKey(replica)) {
                return counted.getKey().equals(statement) ? IgnoreReason.DUPLICATE : IgnoreReason.CONFLICTING;
            }
        }
        votes.computeIfAbsent(statement, s -> new TreeMap<>()).put(replica, signature);
        return null;
    }

    /** Takes over what a certificate shows. */
    void addAll(CheckpointCertificate certificate) {
        trust(certificate.statement());
        votes.computeIfAbsent(certificate.statement(), s -> new TreeMap<>()).putAll(certificate.signatures());
    }

    /** The signatures for a statement. */
    SortedMap<Integer, Signature> votesFor(CheckpointStatement statement) {
        TreeMap<Integer, Signature> signatures = votes.get(statement);
        return signatures == null ? new TreeMap<>() : signatures;
    }
}
