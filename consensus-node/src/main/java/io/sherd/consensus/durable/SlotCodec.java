package io.sherd.consensus.durable;

import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.durable.VoteKeys.SlotKind;
import io.sherd.consensus.wire.SignatureMaps;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.SortedMap;

/** Keys and values of the family of slots, as {@link VoteKeys} lays them out. */
final class SlotCodec {

    /** The log holds what was checked when it was written: any number of replicas is read. */
    private static final Quorums ANY = new Quorums(Quorums.MAX_REPLICAS, 0);

    private SlotCodec() {}

    /** A record of the log as it is stored; a batch is not in it. */
    sealed interface Slot {

        /** The digest of the batch that it is about. */
        Digest digest();

        /** The position that it is about. */
        long sequence();

        /** A PRE-PREPARE without its batch. */
        record Proposal(Ballot ballot, Signature signature) implements Slot {
            @Override
            public Digest digest() {
                return ballot.digest();
            }

            @Override
            public long sequence() {
                return ballot.sequence();
            }
        }

        /** This replica's PREPARE. */
        record Prepare(Message.Prepare vote) implements Slot {
            @Override
            public Digest digest() {
                return vote.ballot().digest();
            }

            @Override
            public long sequence() {
                return vote.ballot().sequence();
            }
        }

        /** This replica's COMMIT. */
        record Commit(VoteRecord.OwnCommit vote) implements Slot {
            @Override
            public Digest digest() {
                return vote.commit().ballot().digest();
            }

            @Override
            public long sequence() {
                return vote.commit().ballot().sequence();
            }
        }

        /** A decision without its batch. */
        record Decided(Ballot ballot, SortedMap<Integer, Signature> commits) implements Slot {
            @Override
            public Digest digest() {
                return ballot.digest();
            }

            @Override
            public long sequence() {
                return ballot.sequence();
            }
        }
    }

    static Bytes key(SlotKind kind, Ballot ballot) {
        return VoteKeys.slot(kind, ballot.epoch(), ballot.view(), ballot.sequence());
    }

    static Bytes proposal(Message.PrePrepare proposal) {
        ByteWriter writer = new ByteWriter(Digest.SIZE_BYTES + Signature.SIZE_BYTES);
        writer.digest(proposal.ballot().digest());
        proposal.signature().encode(writer);
        return writer.toBytes();
    }

    static Bytes prepare(Message.Prepare prepare) {
        ByteWriter writer = new ByteWriter(Digest.SIZE_BYTES + 2 + Signature.SIZE_BYTES);
        writer.digest(prepare.ballot().digest()).u16(prepare.replica());
        prepare.signature().encode(writer);
        return writer.toBytes();
    }

    static Bytes commit(VoteRecord.OwnCommit own) {
        ByteWriter writer = new ByteWriter(512);
        writer.digest(own.commit().ballot().digest()).u16(own.commit().replica());
        own.commit().signature().encode(writer);
        own.proof().encode(writer);
        return writer.toBytes();
    }

    static Bytes decided(DecidedEntry decided) {
        ByteWriter writer = new ByteWriter(512);
        writer.digest(decided.entry().batch().digest()).u64(decided.epoch()).u64(decided.view());
        SignatureMaps.encode(writer, decided.commits());
        return writer.toBytes();
    }

    /**
     * Reads what a key holds.
     *
     * @throws StoreCorruptException if they are not what this class writes
     */
    static Slot decode(Entry entry) throws StoreCorruptException {
        try {
            ByteReader key = new ByteReader(entry.key());
            long sequence = key.u64();
            SlotKind kind = SlotKind.ofId(key.u8());
            long epoch = key.u64();
            long view = key.u64();
            key.end();
            ByteReader value = new ByteReader(entry.value());
            Ballot ballot = new Ballot(epoch, view, sequence, value.digest());
            Slot slot = switch (kind) {
                case PROPOSAL -> new Slot.Proposal(ballot, Signature.decode(value));
                case PREPARE -> new Slot.Prepare(new Message.Prepare(ballot, value.u16(), Signature.decode(value)));
                case COMMIT -> new Slot.Commit(decodeCommit(ballot, value));
                case DECIDED -> {
                    Ballot decided = new Ballot(value.u64(), value.u64(), sequence, ballot.digest());
                    yield new Slot.Decided(decided, SignatureMaps.decode(value, ANY, "a commit proof"));
                }
            };
            value.end();
            return slot;
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "votes: key %s of slots: %s".formatted(entry.key().hex(), e.getMessage()), e);
        }
    }

    private static VoteRecord.OwnCommit decodeCommit(Ballot ballot, ByteReader value) throws WireFormatException {
        Message.Commit commit = new Message.Commit(ballot, value.u16(), Signature.decode(value));
        PreparedProof proof = PreparedProof.decode(value);
        if (!proof.ballot().equals(ballot)) {
            throw new WireFormatException("a COMMIT for %s with a proof of %s".formatted(ballot, proof.ballot()));
        }
        return new VoteRecord.OwnCommit(commit, proof);
    }
}
