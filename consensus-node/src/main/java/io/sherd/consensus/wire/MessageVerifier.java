package io.sherd.consensus.wire;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether a message may reach the core: the peer at the other end of its link is who it says, and its own signature
 * verifies with that replica's key in the message's epoch. What a message carries inside (certificates, proofs, relayed
 * requests) is judged by the core; here those signatures are only checked ahead, so that a verifier that remembers
 * ({@link VerifiedSignatures}) answers the core at once. Checking ahead stops at the first bad one, so a liar wins no more
 * work than one check a message beyond its good signatures.
 *
 * <p>Never throws, whatever a peer sends. Thread-safe if its parts are.
 */
public final class MessageVerifier {

    private final SigningDomain domain;
    private final Quorums quorums;
    private final MemberTables tables;
    private final SignatureVerifier verifier;

    /**
     * A verifier for one cluster.
     *
     * @param domain the cluster's
     * @param quorums n and f
     * @param tables the member tables of the known epochs
     * @param verifier decides about signatures, and remembers
     */
    public MessageVerifier(SigningDomain domain, Quorums quorums, MemberTables tables, SignatureVerifier verifier) {
        this.domain = domain;
        this.quorums = quorums;
        this.tables = tables;
        this.verifier = verifier;
    }

    /**
     * {@return why a message must not reach the core; empty if it may}
     *
     * @param sender the replica at the other end of the link
     * @param message what it says
     */
    public Optional<Refusal> refusal(int sender, Message message) {
        return switch (message) {
            case Message.PrePrepare m -> prePrepare(sender, m);
            case Message.Prepare m -> vote(sender, m.replica(), m.ballot(), SignedType.PREPARE, m.signature());
            case Message.Commit m -> vote(sender, m.replica(), m.ballot(), SignedType.COMMIT, m.signature());
            case Message.Checkpoint m -> checkpoint(sender, m);
            case Message.ViewChange m -> viewChange(sender, m);
            case Message.NewView m -> newView(sender, m);
            case Message.Receipt m -> receipt(m.receipt());
            case Message.Forward m ->
                holdsAhead(m.request(), tables.current()) ? Optional.empty() : Optional.of(Refusal.BAD_SIGNATURE);
            case Message.Entries m -> {
                m.entries().forEach(this::checkCommitsAhead);
                yield Optional.empty();
            }
            case Message.Batches m -> {
                m.batches().forEach(batch -> checkAhead(batch, tables.current()));
                yield Optional.empty();
            }
            case Message.Status m -> Optional.empty();
            case Message.FetchEntries m -> Optional.empty();
            case Message.FetchBatches m -> Optional.empty();
            case Message.Certificate m -> Optional.empty();
            case Message.EpochClosed m -> Optional.empty();
            case Message.FetchSigned m -> Optional.empty();
            // Signed by the receiver, which judges it itself.
            case Message.Signed m -> Optional.empty();
        };
    }

    private Optional<Refusal> prePrepare(int sender, Message.PrePrepare proposal) {
        Ballot ballot = proposal.ballot();
        if (sender != quorums.primaryOf(ballot.epoch(), ballot.view())) {
            return Optional.of(Refusal.NOT_FROM_PRIMARY);
        }
        Optional<Refusal> refusal =
                signedBy(sender, ballot.epoch(), proposal.signature(), ballot.toSign(domain, SignedType.PRE_PREPARE));
        if (refusal.isEmpty()) {
            tables.ofEpoch(ballot.epoch()).ifPresent(table -> checkAhead(proposal.batch(), table));
        }
        return refusal;
    }

    private Optional<Refusal> vote(int sender, int replica, Ballot ballot, SignedType type, Signature signature) {
        if (replica != sender) {
            return Optional.of(Refusal.WRONG_SENDER);
        }
        return signedBy(sender, ballot.epoch(), signature, ballot.toSign(domain, type));
    }

    private Optional<Refusal> checkpoint(int sender, Message.Checkpoint checkpoint) {
        if (checkpoint.replica() != sender) {
            return Optional.of(Refusal.WRONG_SENDER);
        }
        CheckpointStatement statement = checkpoint.statement();
        return signedBy(sender, statement.epoch(), checkpoint.signature(), statement.toSign(domain));
    }

    private Optional<Refusal> viewChange(int sender, Message.ViewChange change) {
        if (change.replica() != sender) {
            return Optional.of(Refusal.WRONG_SENDER);
        }
        return signedBy(sender, change.epoch(), change.signature(), change.toSign(domain));
    }

    private Optional<Refusal> newView(int sender, Message.NewView newView) {
        if (newView.replica() != sender) {
            return Optional.of(Refusal.WRONG_SENDER);
        }
        if (sender != quorums.primaryOf(newView.epoch(), newView.view())) {
            return Optional.of(Refusal.NOT_FROM_PRIMARY);
        }
        return signedBy(sender, newView.epoch(), newView.signature(), newView.toSign(domain));
    }

    /** Receipts prove themselves, so anyone may relay them. */
    private Optional<Refusal> receipt(StorageReceipt receipt) {
        Optional<MemberTable> table = tables.ofEpoch(receipt.epoch());
        if (table.isEmpty()) {
            return Optional.of(Refusal.UNKNOWN_EPOCH);
        }
        return receipt.isSignedFor(
                        domain, verifier, table.get().member(receipt.replica()).key())
                ? Optional.empty()
                : Optional.of(Refusal.BAD_SIGNATURE);
    }

    private Optional<Refusal> signedBy(int replica, long epoch, Signature signature, byte[] signed) {
        Optional<MemberTable> table = tables.ofEpoch(epoch);
        if (table.isEmpty()) {
            return Optional.of(Refusal.UNKNOWN_EPOCH);
        }
        return verifier.verify(table.get().member(replica).key(), signed, signature)
                ? Optional.empty()
                : Optional.of(Refusal.BAD_SIGNATURE);
    }

    private void checkAhead(Batch batch, MemberTable table) {
        for (Request request : batch.requests()) {
            if (!holdsAhead(request, table)) {
                return;
            }
        }
    }

    /** Whether a request's signature holds; also true where the core refuses without looking at the signature. */
    private boolean holdsAhead(Request request, MemberTable table) {
        return switch (request) {
            case Request.Operation o -> !table.isClient(o.client()) || o.isSignedFor(domain, verifier);
            case Request.Seal s -> true;
            case Request.Change c -> !table.admins().contains(c.admin()) || c.isSignedFor(domain, verifier);
            case Request.Rejoin r ->
                !quorums.isReplica(r.replica())
                        || r.isSignedFor(
                                domain, verifier, table.member(r.replica()).key());
        };
    }

    private void checkCommitsAhead(DecidedEntry decided) {
        Optional<MemberTable> table = tables.ofEpoch(decided.epoch());
        if (table.isEmpty()) {
            return;
        }
        byte[] signed = decided.ballot().toSign(domain, SignedType.COMMIT);
        for (Map.Entry<Integer, Signature> commit : decided.commits().entrySet()) {
            if (!verifier.verify(table.get().member(commit.getKey()).key(), signed, commit.getValue())) {
                return;
            }
        }
    }
}
