package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteWriter;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The words of the protocol between replicas. A signed one carries the signature over its own bytes, so that it can be kept
 * and shown to others; an unsigned one rests on the TLS identity of the link and is never relayed as evidence.
 */
public sealed interface Message {

    /**
     * Relays a request to a peer that should order it: a client's operation, or a REJOIN.
     *
     * @param request with its own signature
     */
    record Forward(Request request) implements Message {}

    /**
     * The primary proposes a batch (PBFT section 4.2).
     *
     * @param ballot epoch, view, sequence and the batch's digest
     * @param batch the proposal
     * @param signature the primary's, over the ballot
     */
    record PrePrepare(Ballot ballot, Batch batch, Signature signature) implements Message {}

    /**
     * A backup has accepted a proposal.
     *
     * @param ballot what it accepted
     * @param replica the backup
     * @param signature its signature
     */
    record Prepare(Ballot ballot, int replica, Signature signature) implements Message {}

    /**
     * A replica holds a prepared certificate.
     *
     * @param ballot what is prepared
     * @param replica the replica
     * @param signature its signature
     */
    record Commit(Ballot ballot, int replica, Signature signature) implements Message {}

    /**
     * A replica's word on a closing; also its receipt for the segment.
     *
     * @param statement what it signs
     * @param replica the replica
     * @param signature its signature
     */
    record Checkpoint(CheckpointStatement statement, int replica, Signature signature) implements Message {}

    /**
     * A replica wants to leave its view (PBFT section 4.4).
     *
     * @param epoch the epoch
     * @param view the view it wants to enter
     * @param stable its last stable checkpoint of the epoch; absent when the epoch has had none
     * @param prepared for each position above it that is prepared, the proof of the highest view
     * @param replica the replica
     * @param signature its signature over all of this
     */
    record ViewChange(
            long epoch,
            long view,
            Optional<CheckpointCertificate> stable,
            List<PreparedProof> prepared,
            int replica,
            Signature signature)
            implements Message {

        /** Copies the list. */
        public ViewChange {
            prepared = List.copyOf(prepared);
        }

        /**
         * The bytes that the replica signs: {@code view (8) | replica (2) | has certificate (1) | certificate | count (4) |
         * proofs} under the epoch's domain.
         *
         * @param domain the cluster's
         * @return what the signature is over
         */
        public byte[] toSign(SigningDomain domain) {
            ByteWriter body = new ByteWriter();
            body.u64(view).u16(replica).u8(stable.isPresent() ? 1 : 0);
            stable.ifPresent(certificate -> certificate.encode(body));
            body.u32(prepared.size());
            prepared.forEach(proof -> proof.encode(body));
            return domain.toSign(epoch, SignedType.VIEW_CHANGE, body.toByteArray());
        }
    }

    /**
     * The new primary shows n - f VIEW-CHANGEs and proposes again what they oblige it to.
     *
     * @param epoch the epoch
     * @param view the view it opens
     * @param viewChanges n - f VIEW-CHANGEs of distinct replicas
     * @param proposals the new primary's signatures over the ballots that follow from them, by position
     * @param replica the new primary
     * @param signature its signature over all of this
     */
    record NewView(
            long epoch,
            long view,
            List<ViewChange> viewChanges,
            SortedMap<Long, Signature> proposals,
            int replica,
            Signature signature)
            implements Message {

        /** Copies the collections. */
        public NewView {
            viewChanges = List.copyOf(viewChanges);
            proposals = Collections.unmodifiableSortedMap(new TreeMap<>(proposals));
        }

        /**
         * The bytes that the new primary signs: {@code view (8) | replica (2) | count (2) | for each VIEW-CHANGE SHA-256 of its
         * signed bytes and signature (32) | count (4) | (position (8) | signature (64))*} under the epoch's domain.
         *
         * @param domain the cluster's
         * @return what the signature is over
         */
        public byte[] toSign(SigningDomain domain) {
            ByteWriter body = new ByteWriter();
            body.u64(view).u16(replica).u16(viewChanges.size());
            for (ViewChange change : viewChanges) {
                body.digest(Sha256.of(
                        change.toSign(domain), change.signature().bytes().readOnlyArray()));
            }
            body.u32(proposals.size());
            proposals.forEach((sequence, signed) -> {
                body.u64(sequence);
                signed.encode(body);
            });
            return domain.toSign(epoch, SignedType.NEW_VIEW, body.toByteArray());
        }
    }

    /**
     * Where a replica stands, said now and then, so that whoever is behind knows whom to ask. A hint, never evidence.
     *
     * @param epoch its epoch
     * @param view its view
     * @param executed the last position that it executed
     * @param stable the position of its last stable checkpoint
     */
    record Status(long epoch, long view, long executed, long stable) implements Message {}

    /**
     * Asks for decided entries. Whoever keeps the log answers, not the core.
     *
     * @param from the first position wanted
     * @param limit at most so many entries
     */
    record FetchEntries(long from, int limit) implements Message {}

    /**
     * Decided entries with their commit proofs, consecutive.
     *
     * @param entries none if the sender has executed what it was asked for and does not keep it any more
     */
    record Entries(List<DecidedEntry> entries) implements Message {}

    /**
     * Asks for batches whose digests are known.
     *
     * @param digests the batches' digests
     */
    record FetchBatches(List<Digest> digests) implements Message {}

    /**
     * Batches that were asked for by their digests.
     *
     * @param batches in any order
     */
    record Batches(List<Batch> batches) implements Message {}

    /** A replica that starts asks for the latest that it was seen to sign. */
    record FetchSigned() implements Message {}

    /**
     * The latest that the asker was seen to sign; evidence by its own signatures, so that nobody can make it up.
     *
     * @param vote its vote of the highest epoch, view and position
     * @param checkpoint its CHECKPOINT of the highest position
     * @param viewChange its VIEW-CHANGE to the highest view
     */
    record Signed(Optional<SignedVote> vote, Optional<Checkpoint> checkpoint, Optional<ViewChange> viewChange)
            implements Message {}

    /**
     * A certificate of a checkpoint, shown to a replica that lacks it.
     *
     * @param certificate n - f signatures
     */
    record Certificate(CheckpointCertificate certificate) implements Message {}

    /**
     * The closing of an epoch, shown to whoever speaks in an earlier one.
     *
     * @param closed certificate and next member table
     */
    record EpochClosed(ClosedEpoch closed) implements Message {}

    /**
     * A replica's receipt for a range of segments. Not for the core: whoever keeps the archive takes it.
     *
     * @param receipt signed
     */
    record Receipt(StorageReceipt receipt) implements Message {}
}
