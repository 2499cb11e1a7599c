package io.sherd.consensus.wire;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.consensus.core.SignedVote;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The canonical bytes of messages: one value, one encoding. Widths in bytes, integers big-endian.
 *
 * <pre>
 *   message        type 1 | version 1 | fields
 *
 *   ballot         epoch 8 | view 8 | sequence 8 | digest 32
 *   signatures     count 2 | (replica 2 | signature 64)*, replicas ascending
 *   batch          count 4 | (length 4 | request)*
 *   decided        sequence 8 | epoch 8 | view 8 | signatures | batch
 *   proof          ballot | signature 64 | signatures
 *   vote           type 1 (that is under the signature) | ballot | signature 64
 *
 *    1 Forward       length 4 | request
 *    2 PrePrepare    ballot | signature 64 | batch
 *    3 Prepare       ballot | replica 2 | signature 64
 *    4 Commit        ballot | replica 2 | signature 64
 *    5 Checkpoint    statement | replica 2 | signature 64
 *    6 ViewChange    epoch 8 | view 8 | stable 1 (0 or 1) | certificate, if stable is 1 | count 4 | proof* | replica 2 | signature 64
 *    7 NewView       epoch 8 | view 8 | count 2 | (fields of a ViewChange)* | count 4 | (sequence 8 | signature 64)*, ascending
 *                    | replica 2 | signature 64
 *    8 Status        epoch 8 | view 8 | executed 8 | stable 8
 *    9 FetchEntries  from 8 | limit 4
 *   10 Entries       count 4 | decided*
 *   11 FetchBatches  count 4 | digest 32*
 *   12 Batches       count 4 | batch*
 *   13 Certificate   certificate
 *   14 EpochClosed   certificate | member table
 *   15 Receipt       receipt
 *   16 FetchSigned
 *   17 Signed        present 1 (0 or 1) | vote, if present | present 1 | fields of a Checkpoint, if present
 *                    | present 1 | fields of a ViewChange, if present
 * </pre>
 *
 * <p>Decoding checks every count against the genesis before anything of that count is allocated; nothing nests deeper than a
 * ViewChange in a NewView, which the types say, so no bytes make it recurse. What the fields mean, and whether signatures
 * hold, is for others to decide: {@link MessageVerifier} and the core. Immutable and thread-safe.
 */
public final class MessageCodec {

    /** Version of the encoding: the second byte of every message. */
    public static final int VERSION = 1;

    private static final int HEADER_BYTES = 2;
    private static final int BALLOT_BYTES = 3 * 8 + Digest.SIZE_BYTES;
    private static final int VOTE_BYTES = HEADER_BYTES + BALLOT_BYTES + 2 + Signature.SIZE_BYTES;

    private final Limits limits;
    private final Quorums quorums;

    /**
     * A codec for one cluster.
     *
     * @param limits the genesis's: bounds what is read
     * @param quorums n and f
     */
    public MessageCodec(Limits limits, Quorums quorums) {
        this.limits = limits;
        this.quorums = quorums;
    }

    /**
     * {@return the canonical bytes of a message}
     *
     * @param message what to say
     */
    public Bytes encode(Message message) {
        ByteWriter writer = new ByteWriter(expectedSizeBytes(message));
        writer.u8(MessageType.of(message).id()).u8(VERSION);
        switch (message) {
            case Message.Forward m -> writer.sized(m.request().encoded());
            case Message.PrePrepare m -> {
                m.ballot().encode(writer);
                m.signature().encode(writer);
                m.batch().encode(writer);
            }
            case Message.Prepare m -> encodeVote(writer, m.ballot(), m.replica(), m.signature());
            case Message.Commit m -> encodeVote(writer, m.ballot(), m.replica(), m.signature());
            case Message.Checkpoint m -> encodeCheckpoint(writer, m);
            case Message.ViewChange m -> encodeViewChange(writer, m);
            case Message.NewView m -> encodeNewView(writer, m);
            case Message.Status m ->
                writer.u64(m.epoch()).u64(m.view()).u64(m.executed()).u64(m.stable());
            case Message.FetchEntries m -> writer.u64(m.from()).u32(m.limit());
            case Message.Entries m -> {
                writer.u32(m.entries().size());
                m.entries().forEach(entry -> encodeDecided(writer, entry));
            }
            case Message.FetchBatches m -> {
                writer.u32(m.digests().size());
                m.digests().forEach(writer::digest);
            }
            case Message.Batches m -> {
                writer.u32(m.batches().size());
                m.batches().forEach(batch -> batch.encode(writer));
            }
            case Message.Certificate m -> m.certificate().encode(writer);
            case Message.EpochClosed m -> writer.raw(m.closed().encoded());
            case Message.Receipt m -> writer.raw(m.receipt().encoded());
            case Message.FetchSigned _ -> {
                // Nothing but its type.
            }
            case Message.Signed m -> encodeSigned(writer, m);
        }
        return writer.toBytes();
    }

    /**
     * Reads one message.
     *
     * @param bytes exactly one message
     * @return the message, of which nothing is verified
     * @throws WireFormatException if they are not the canonical bytes of one, or it breaks a bound
     */
    public Message decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        MessageType type = MessageType.ofId(reader.u8());
        int version = reader.u8();
        if (version != VERSION) {
            throw new WireFormatException(
                    "%s of version %d, this program reads version %d".formatted(type, version, VERSION));
        }
        Message message = switch (type) {
            case FORWARD -> new Message.Forward(Request.decode(reader.sized(limits.requestBytes())));
            case PRE_PREPARE -> {
                Ballot ballot = Ballot.decode(reader);
                Signature signature = Signature.decode(reader);
                yield new Message.PrePrepare(ballot, Batch.decode(reader, limits.batchBytes()), signature);
            }
            case PREPARE -> new Message.Prepare(Ballot.decode(reader), decodeReplica(reader), Signature.decode(reader));
            case COMMIT -> new Message.Commit(Ballot.decode(reader), decodeReplica(reader), Signature.decode(reader));
            case CHECKPOINT -> decodeCheckpoint(reader);
            case VIEW_CHANGE -> decodeViewChange(reader);
            case NEW_VIEW -> decodeNewView(reader);
            case STATUS -> new Message.Status(reader.u64(), reader.u64(), reader.u64(), reader.u64());
            case FETCH_ENTRIES ->
                new Message.FetchEntries(reader.u64(), reader.count(limits.window(), "entries wanted"));
            case ENTRIES -> decodeEntries(reader);
            case FETCH_BATCHES -> decodeFetchBatches(reader);
            case BATCHES -> decodeBatches(reader);
            case CERTIFICATE -> new Message.Certificate(decodeCertificate(reader));
            case EPOCH_CLOSED -> new Message.EpochClosed(decodeClosedEpoch(reader));
            case RECEIPT -> decodeReceipt(reader);
            case FETCH_SIGNED -> new Message.FetchSigned();
            case SIGNED -> decodeSigned(reader);
        };
        reader.end();
        return message;
    }

    private static int expectedSizeBytes(Message message) {
        return switch (message) {
            case Message.PrePrepare m ->
                HEADER_BYTES + BALLOT_BYTES + Signature.SIZE_BYTES + m.batch().sizeBytes();
            case Message.Forward m -> HEADER_BYTES + 4 + m.request().encoded().size();
            case Message.Entries m ->
                m.entries().stream()
                        .mapToInt(entry -> entry.entry().batch().sizeBytes() + 1024)
                        .sum();
            case Message.Batches m ->
                HEADER_BYTES
                        + 4
                        + m.batches().stream().mapToInt(Batch::sizeBytes).sum();
            default -> VOTE_BYTES;
        };
    }

    private static void encodeVote(ByteWriter writer, Ballot ballot, int replica, Signature signature) {
        ballot.encode(writer);
        encodeSigner(writer, replica, signature);
    }

    private static void encodeSigner(ByteWriter writer, int replica, Signature signature) {
        writer.u16(replica);
        signature.encode(writer);
    }

    private int decodeReplica(ByteReader reader) throws WireFormatException {
        int replica = reader.u16();
        if (!quorums.isReplica(replica)) {
            throw new WireFormatException("from replica %d of %d".formatted(replica, quorums.replicaCount()));
        }
        return replica;
    }

    private static void encodeCheckpoint(ByteWriter writer, Message.Checkpoint checkpoint) {
        checkpoint.statement().encode(writer);
        encodeSigner(writer, checkpoint.replica(), checkpoint.signature());
    }

    private Message.Checkpoint decodeCheckpoint(ByteReader reader) throws WireFormatException {
        return new Message.Checkpoint(
                CheckpointStatement.decode(reader), decodeReplica(reader), Signature.decode(reader));
    }

    private static void encodeSigned(ByteWriter writer, Message.Signed signed) {
        writer.u8(signed.vote().isPresent() ? 1 : 0);
        signed.vote().ifPresent(vote -> vote.encode(writer));
        writer.u8(signed.checkpoint().isPresent() ? 1 : 0);
        signed.checkpoint().ifPresent(checkpoint -> encodeCheckpoint(writer, checkpoint));
        writer.u8(signed.viewChange().isPresent() ? 1 : 0);
        signed.viewChange().ifPresent(change -> encodeViewChange(writer, change));
    }

    private Message.Signed decodeSigned(ByteReader reader) throws WireFormatException {
        Optional<SignedVote> vote =
                isPresent(reader, "a vote") ? Optional.of(SignedVote.decode(reader)) : Optional.empty();
        Optional<Message.Checkpoint> checkpoint =
                isPresent(reader, "a checkpoint") ? Optional.of(decodeCheckpoint(reader)) : Optional.empty();
        Optional<Message.ViewChange> change =
                isPresent(reader, "a view change") ? Optional.of(decodeViewChange(reader)) : Optional.empty();
        return new Message.Signed(vote, checkpoint, change);
    }

    private static boolean isPresent(ByteReader reader, String what) throws WireFormatException {
        int present = reader.u8();
        if (present > 1) {
            throw new WireFormatException("presence of %s is %d, must be 0 or 1".formatted(what, present));
        }
        return present == 1;
    }

    private static void encodeViewChange(ByteWriter writer, Message.ViewChange change) {
        writer.u64(change.epoch()).u64(change.view()).u8(change.stable().isPresent() ? 1 : 0);
        change.stable().ifPresent(certificate -> certificate.encode(writer));
        writer.u32(change.prepared().size());
        change.prepared().forEach(proof -> proof.encode(writer));
        encodeSigner(writer, change.replica(), change.signature());
    }

    private Message.ViewChange decodeViewChange(ByteReader reader) throws WireFormatException {
        long epoch = reader.u64();
        long view = reader.u64();
        Optional<CheckpointCertificate> stable =
                isPresent(reader, "a certificate") ? Optional.of(decodeCertificate(reader)) : Optional.empty();
        int count = reader.count(limits.window(), "prepared certificates");
        List<PreparedProof> prepared = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PreparedProof proof = PreparedProof.decode(reader);
            SignatureMaps.requireReplicas(proof.prepares(), quorums, "a prepared certificate");
            prepared.add(proof);
        }
        return new Message.ViewChange(epoch, view, stable, prepared, decodeReplica(reader), Signature.decode(reader));
    }

    private static void encodeNewView(ByteWriter writer, Message.NewView newView) {
        writer.u64(newView.epoch())
                .u64(newView.view())
                .u16(newView.viewChanges().size());
        newView.viewChanges().forEach(change -> encodeViewChange(writer, change));
        writer.u32(newView.proposals().size());
        newView.proposals().forEach((sequence, signature) -> {
            writer.u64(sequence);
            signature.encode(writer);
        });
        encodeSigner(writer, newView.replica(), newView.signature());
    }

    private Message.NewView decodeNewView(ByteReader reader) throws WireFormatException {
        long epoch = reader.u64();
        long view = reader.u64();
        int count = reader.u16();
        if (count > quorums.replicaCount()) {
            throw new WireFormatException("%d view changes of %d replicas".formatted(count, quorums.replicaCount()));
        }
        List<Message.ViewChange> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            changes.add(decodeViewChange(reader));
        }
        SortedMap<Long, Signature> proposals = decodeProposals(reader);
        return new Message.NewView(epoch, view, changes, proposals, decodeReplica(reader), Signature.decode(reader));
    }

    private SortedMap<Long, Signature> decodeProposals(ByteReader reader) throws WireFormatException {
        int count = reader.count(limits.window(), "proposals");
        TreeMap<Long, Signature> proposals = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            long sequence = reader.u64();
            if (!proposals.isEmpty() && sequence <= proposals.lastKey()) {
                throw new WireFormatException("proposals of a new view are not in ascending order");
            }
            proposals.put(sequence, Signature.decode(reader));
        }
        return proposals;
    }

    private static void encodeDecided(ByteWriter writer, DecidedEntry decided) {
        writer.u64(decided.entry().sequence()).u64(decided.epoch()).u64(decided.view());
        SignatureMaps.encode(writer, decided.commits());
        decided.entry().batch().encode(writer);
    }

    private Message.Entries decodeEntries(ByteReader reader) throws WireFormatException {
        int count = reader.count(limits.window(), "entries");
        List<DecidedEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long sequence = reader.u64();
            if (sequence < LedgerEntry.FIRST_SEQUENCE) {
                throw new WireFormatException("an entry of position " + sequence);
            }
            long epoch = reader.u64();
            long view = reader.u64();
            SortedMap<Integer, Signature> commits = SignatureMaps.decode(reader, quorums, "a commit proof");
            Batch batch = Batch.decode(reader, limits.batchBytes());
            entries.add(new DecidedEntry(new LedgerEntry(sequence, batch), epoch, view, commits));
        }
        return new Message.Entries(entries);
    }

    private Message.FetchBatches decodeFetchBatches(ByteReader reader) throws WireFormatException {
        int count = reader.count(limits.window(), "batches wanted");
        List<Digest> digests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            digests.add(reader.digest());
        }
        return new Message.FetchBatches(digests);
    }

    private Message.Batches decodeBatches(ByteReader reader) throws WireFormatException {
        int count = reader.count(limits.window(), "batches");
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(Batch.decode(reader, limits.batchBytes()));
        }
        return new Message.Batches(batches);
    }

    private CheckpointCertificate decodeCertificate(ByteReader reader) throws WireFormatException {
        CheckpointCertificate certificate = CheckpointCertificate.decode(reader);
        SignatureMaps.requireReplicas(certificate.signatures(), quorums, "a certificate");
        return certificate;
    }

    private ClosedEpoch decodeClosedEpoch(ByteReader reader) throws WireFormatException {
        ClosedEpoch closed = ClosedEpoch.decode(reader.rest());
        SignatureMaps.requireReplicas(closed.certificate().signatures(), quorums, "a certificate");
        return closed;
    }

    private Message.Receipt decodeReceipt(ByteReader reader) throws WireFormatException {
        StorageReceipt receipt = StorageReceipt.decode(reader);
        if (!quorums.isReplica(receipt.replica())) {
            throw new WireFormatException(
                    "a receipt of replica %d of %d".formatted(receipt.replica(), quorums.replicaCount()));
        }
        return new Message.Receipt(receipt);
    }
}
