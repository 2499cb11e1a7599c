package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

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
            implements Message {}

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
            implements Message {}

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
     * Asks for decided entries.
     *
     * @param from the first position wanted
     * @param limit at most so many entries
     */
    record FetchEntries(long from, int limit) implements Message {}

    /**
     * Decided entries with their commit proofs, consecutive.
     *
     * @param entries at least one
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
