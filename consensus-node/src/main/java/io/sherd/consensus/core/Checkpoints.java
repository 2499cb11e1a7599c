package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * CHECKPOINTs, stable certificates and the water marks (PBFT section 4.3).
 *
 * <p>Unlike PBFT, a CHECKPOINT is signed only when the signer's own piece of the segment is durable, and it keeps counting after
 * the checkpoint is stable, since it is also its signer's receipt: the last {@link #KEPT_BELOW} closings take late
 * signatures. A CHECKPOINT is not persisted before it is sent: its statement is a function of the ledger, so after a crash
 * the same one is signed again, never another.
 */
final class Checkpoints {

    /** Closings at or below the low water mark that still take signatures. */
    static final int KEPT_BELOW = 64;

    /** Own CHECKPOINTs that are sent again at once; any of them moves the low water mark. */
    static final int RESENT_AT_ONCE = 8;

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final Standing standing;
    private final MessageLog log;
    private final Execution execution;
    private final Outbox out;
    private final TreeMap<Long, Tally> tallies = new TreeMap<>();
    private final TreeMap<Integer, Message.Checkpoint> ahead = new TreeMap<>();
    private final TreeSet<Long> unannounced = new TreeSet<>();
    private @Nullable CheckpointCertificate stable;

    Checkpoints(
            ReplicaConfig config,
            Authenticator authenticator,
            Standing standing,
            MessageLog log,
            Execution execution,
            Outbox out,
            @Nullable CheckpointCertificate stable) {
        this.config = config;
        this.authenticator = authenticator;
        this.standing = standing;
        this.log = log;
        this.execution = execution;
        this.out = out;
        this.stable = stable;
        if (stable != null) {
            tally(stable.statement().sequence()).addAll(stable);
        }
    }

    /** The newest certificate, or null in a new ledger. */
    @Nullable
    CheckpointCertificate stable() {
        return stable;
    }

    /** The own piece of a closing's segment is durable: sign its statement. */
    void ready(CheckpointStatement statement) {
        long sequence = statement.sequence();
        Tally tally = tally(sequence);
        tally.trust(statement);
        if (standing.isRejoining() || statement.epoch() < standing.incarnation()) {
            return;
        }
        Signature signature = authenticator.signer().sign(statement.toSign(config.domain()));
        Message.Checkpoint checkpoint = new Message.Checkpoint(statement, standing.self(), signature);
        tally.sign(checkpoint);
        out.broadcast(checkpoint);
        counted(sequence, statement, tally);
        trim();
    }

    /** Returns why a CHECKPOINT is ignored, or null. */
    @Nullable
    IgnoreReason onCheckpoint(int sender, Message.Checkpoint checkpoint) {
        CheckpointStatement statement = checkpoint.statement();
        long sequence = statement.sequence();
        if (checkpoint.replica() != sender) {
            return IgnoreReason.WRONG_SENDER;
        }
        if (sequence <= log.low()) {
            return onLate(checkpoint);
        }
        if (statement.epoch() != standing.epoch()) {
            return statement.epoch() < standing.epoch() ? IgnoreReason.OLD_EPOCH : IgnoreReason.FUTURE_EPOCH;
        }
        if (standing.isEnding() && sequence > standing.epochEnd()) {
            return IgnoreReason.ABOVE_WINDOW;
        }
        if (sequence > log.high()) {
            return onAhead(checkpoint);
        }
        Tally tally = tally(sequence);
        IgnoreReason reason = tally.add(statement, sender, checkpoint.signature());
        if (reason == null) {
            counted(sequence, statement, tally);
        }
        return reason;
    }

    /** Returns why a certificate that a peer shows is ignored, or null. */
    @Nullable
    IgnoreReason onCertificate(CheckpointCertificate certificate) {
        CheckpointStatement statement = certificate.statement();
        if (statement.epoch() != standing.epoch()) {
            return statement.epoch() < standing.epoch() ? IgnoreReason.OLD_EPOCH : IgnoreReason.FUTURE_EPOCH;
        }
        if (statement.sequence() <= log.low()) {
            return IgnoreReason.BELOW_WINDOW;
        }
        if (!verifies(certificate)) {
            return IgnoreReason.INVALID_PROOF;
        }
        adopt(certificate);
        return null;
    }

    /** The CHECKPOINT of the highest position that a peer was seen to sign. */
    Optional<Message.Checkpoint> latestOf(int peer) {
        Message.Checkpoint above = ahead.get(peer);
        if (above != null) {
            return Optional.of(above);
        }
        for (Tally tally : tallies.descendingMap().values()) {
            Optional<Message.Checkpoint> counted = tally.of(peer);
            if (counted.isPresent()) {
                return counted;
            }
        }
        return Optional.empty();
    }

    /** Whether n - f replicas of this epoch signed a certificate. */
    boolean verifies(CheckpointCertificate certificate) {
        SignatureVerifier verifier = authenticator.verifier();
        try {
            certificate.verify(config.domain(), config.quorums(), standing.members(), verifier);
            return true;
        } catch (InvalidCertificateException e) {
            return false;
        }
    }

    /** A verified certificate above the low water mark: the checkpoint is stable. */
    void adopt(CheckpointCertificate certificate) {
        long sequence = certificate.statement().sequence();
        if (sequence <= log.low()) {
            return;
        }
        tally(sequence).addAll(certificate);
        stable = certificate;
        unannounced.add(sequence);
        out.persist(new VoteRecord.StableCheckpoint(certificate));
        log.truncate(sequence, execution.handed());
        trim();
        ahead.values().removeIf(checkpoint -> checkpoint.statement().sequence() <= sequence);
    }

    /** Tells of certificates whose closings are executed here: new ones, and those that gained signatures. */
    void announce() {
        while (!unannounced.isEmpty() && unannounced.first() <= execution.executed()) {
            Tally tally = tallies.get(unannounced.pollFirst());
            CheckpointStatement statement = tally == null ? null : tally.trueStatement();
            if (tally != null && statement != null) {
                out.add(new Effect.Stable(new CheckpointCertificate(statement, tally.votesFor(statement))));
            }
        }
    }

    /** Sends the own CHECKPOINTs that are not stable yet again. */
    void resend() {
        List<Message.Checkpoint> unstable = new ArrayList<>();
        for (Tally tally : tallies.tailMap(log.low(), false).descendingMap().values()) {
            Message.Checkpoint own = tally.own();
            if (own != null && unstable.size() < RESENT_AT_ONCE) {
                unstable.addFirst(own);
            }
        }
        unstable.forEach(out::broadcast);
    }

    /** The next epoch begins: what is unstable is void. */
    void openEpoch() {
        ahead.clear();
        tallies.tailMap(log.low(), false).clear();
        unannounced.tailSet(log.low(), false).clear();
    }

    /** A signature for a closing that is stable already: its signer's receipt. */
    private @Nullable IgnoreReason onLate(Message.Checkpoint checkpoint) {
        CheckpointStatement statement = checkpoint.statement();
        Tally tally = tallies.get(statement.sequence());
        if (tally == null || tally.trueStatement() == null) {
            return IgnoreReason.BELOW_WINDOW;
        }
        if (!statement.equals(tally.trueStatement())) {
            return IgnoreReason.CONFLICTING;
        }
        IgnoreReason reason = tally.add(statement, checkpoint.replica(), checkpoint.signature());
        if (reason == null) {
            counted(statement.sequence(), statement, tally);
        }
        return reason;
    }

    /** Of what is above the window only each replica's highest is kept: n - f equal ones show how far behind this one is. */
    private @Nullable IgnoreReason onAhead(Message.Checkpoint checkpoint) {
        CheckpointStatement statement = checkpoint.statement();
        Message.Checkpoint before = ahead.get(checkpoint.replica());
        if (before != null && before.statement().sequence() >= statement.sequence()) {
            return IgnoreReason.ABOVE_WINDOW;
        }
        ahead.put(checkpoint.replica(), checkpoint);
        TreeMap<Integer, Signature> equal = new TreeMap<>();
        for (Message.Checkpoint other : ahead.values()) {
            if (other.statement().equals(statement)) {
                equal.put(other.replica(), other.signature());
            }
        }
        if (config.quorums().isQuorum(equal.size())) {
            adopt(new CheckpointCertificate(statement, equal));
        }
        return null;
    }

    private void counted(long sequence, CheckpointStatement statement, Tally tally) {
        SortedMap<Integer, Signature> votes = tally.votesFor(statement);
        if (!config.quorums().isQuorum(votes.size())) {
            return;
        }
        if (sequence > log.low()) {
            adopt(new CheckpointCertificate(statement, votes));
        } else {
            unannounced.add(sequence);
        }
    }

    private Tally tally(long sequence) {
        return tallies.computeIfAbsent(sequence, s -> new Tally());
    }

    private void trim() {
        while (tallies.headMap(log.low(), true).size() > KEPT_BELOW) {
            unannounced.remove(tallies.pollFirstEntry().getKey());
        }
    }
}
