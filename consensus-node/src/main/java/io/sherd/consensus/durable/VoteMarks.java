package io.sherd.consensus.durable;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.VoteRecord.InView;
import io.sherd.consensus.wire.MessageCodec;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The records of which only the newest counts, and the closings of epochs: kept in memory and in the family of marks.
 * Thread-safe.
 */
final class VoteMarks {

    private final MessageCodec codec;
    private Optional<InView> inView = Optional.empty();
    private Optional<CheckpointCertificate> stable = Optional.empty();
    private Optional<Message.ViewChange> viewChange = Optional.empty();
    private Optional<Message.NewView> newView = Optional.empty();
    private Optional<Request.Rejoin> rejoin = Optional.empty();
    private final TreeMap<Long, ClosedEpoch> closed = new TreeMap<>();

    private VoteMarks(MessageCodec codec) {
        this.codec = codec;
    }

    /** Reads what a database has. */
    static VoteMarks read(RocksDatabase database, MessageCodec codec) throws StoreException {
        VoteMarks marks = new VoteMarks(codec);
        try {
            marks.read(database);
        } catch (WireFormatException e) {
            throw new StoreCorruptException("votes: a mark: " + e.getMessage(), e);
        }
        return marks;
    }

    /** The newest certificate that a database has. */
    static Optional<CheckpointCertificate> readStable(RocksDatabase database)
            throws StoreException, WireFormatException {
        Optional<Bytes> stored = database.get(VoteKeys.MARKS, VoteKeys.STABLE);
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        ByteReader reader = new ByteReader(stored.get());
        CheckpointCertificate certificate = CheckpointCertificate.decode(reader);
        reader.end();
        return Optional.of(certificate);
    }

    synchronized void put(Writes writes, InView view) {
        inView.ifPresent(before -> Invariant.holds(
                view.epoch() > before.epoch() || (view.epoch() == before.epoch() && view.view() >= before.view()),
                "view %d of epoch %d after view %d of epoch %d",
                view.view(),
                view.epoch(),
                before.view(),
                before.epoch()));
        inView = Optional.of(view);
        writes.put(
                VoteKeys.MARKS,
                VoteKeys.VIEW,
                new ByteWriter(17)
                        .u64(view.epoch())
                        .u64(view.view())
                        .u8(view.active() ? 1 : 0)
                        .toBytes());
    }

    synchronized void put(Writes writes, Message.ViewChange change) {
        viewChange = Optional.of(change);
        writes.put(VoteKeys.MARKS, VoteKeys.VIEW_CHANGE, codec.encode(change));
    }

    synchronized void put(Writes writes, Message.NewView accepted) {
        newView = Optional.of(accepted);
        writes.put(VoteKeys.MARKS, VoteKeys.NEW_VIEW, codec.encode(accepted));
    }

    /** An older certificate than the one here changes nothing; one of the same position may have more signatures. */
    synchronized void put(Writes writes, CheckpointCertificate certificate) {
        if (sequenceOf(stable) > certificate.statement().sequence()) {
            return;
        }
        stable = Optional.of(certificate);
        writes.put(VoteKeys.MARKS, VoteKeys.STABLE, certificate.encoded());
    }

    synchronized void put(Writes writes, ClosedEpoch closing) {
        closed.put(closing.epoch(), closing);
        writes.put(VoteKeys.MARKS, VoteKeys.closed(closing.epoch()), closing.encoded());
    }

    synchronized void put(Writes writes, Request.Rejoin own) {
        rejoin = Optional.of(own);
        writes.put(VoteKeys.MARKS, VoteKeys.REJOIN, own.encoded());
    }

    synchronized Optional<InView> inView() {
        return inView;
    }

    synchronized Optional<CheckpointCertificate> stable() {
        return stable;
    }

    synchronized Optional<Message.ViewChange> viewChange() {
        return viewChange;
    }

    synchronized Optional<Message.NewView> newView() {
        return newView;
    }

    synchronized Optional<Request.Rejoin> rejoin() {
        return rejoin;
    }

    synchronized List<ClosedEpoch> closed() {
        return List.copyOf(closed.values());
    }

    /** The position of a certificate, 0 if there is none. */
    static long sequenceOf(Optional<CheckpointCertificate> certificate) {
        return certificate.map(c -> c.statement().sequence()).orElse(0L);
    }

    private synchronized void read(RocksDatabase database) throws StoreException, WireFormatException {
        Optional<Bytes> view = database.get(VoteKeys.MARKS, VoteKeys.VIEW);
        if (view.isPresent()) {
            ByteReader reader = new ByteReader(view.get());
            inView = Optional.of(new InView(reader.u64(), reader.u64(), reader.u8() == 1));
            reader.end();
        }
        stable = readStable(database);
        viewChange = message(database, VoteKeys.VIEW_CHANGE, Message.ViewChange.class);
        newView = message(database, VoteKeys.NEW_VIEW, Message.NewView.class);
        Optional<Bytes> request = database.get(VoteKeys.MARKS, VoteKeys.REJOIN);
        if (request.isPresent() && Request.decode(request.get()) instanceof Request.Rejoin own) {
            rejoin = Optional.of(own);
        }
        for (Entry entry :
                database.scan(VoteKeys.MARKS, VoteKeys.CLOSED_PREFIX, VoteKeys.CLOSED_PREFIX, Integer.MAX_VALUE)) {
            ClosedEpoch closing = ClosedEpoch.decode(entry.value());
            closed.put(closing.epoch(), closing);
        }
    }

    private <T extends Message> Optional<T> message(RocksDatabase database, Bytes key, Class<T> type)
            throws StoreException, WireFormatException {
        Optional<Bytes> stored = database.get(VoteKeys.MARKS, key);
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        Message message = codec.decode(stored.get());
        if (!type.isInstance(message)) {
            throw new WireFormatException("expected a %s, found a %s"
                    .formatted(type.getSimpleName(), message.getClass().getSimpleName()));
        }
        return Optional.of(type.cast(message));
    }
}
