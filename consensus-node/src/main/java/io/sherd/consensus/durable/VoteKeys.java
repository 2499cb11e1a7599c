package io.sherd.consensus.durable;

import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where things are in the log. Integers are big-endian, so keys are in the order of positions.
 *
 * <pre>
 *   family   key                                            value
 *   slots    sequence 8 | 1 | epoch 8 | view 8   proposal   digest 32 | signature 64
 *            sequence 8 | 2 | epoch 8 | view 8   prepare    digest 32 | replica 2 | signature 64
 *            sequence 8 | 3 | epoch 8 | view 8   commit     digest 32 | replica 2 | signature 64 | proof
 *            sequence 8 | 4 | 0 (16)             decided    digest 32 | epoch 8 | view 8 | signatures
 *   batches  sequence 8 | digest 32                         batch
 *   marks    "directory"                                    directory id 16
 *            "appends"                                      counter 8
 *            "view"                                         epoch 8 | view 8 | active 1
 *            "stable"                                       certificate
 *            "view-change", "new-view", "rejoin"            as a message, as a request
 *            "closed/" epoch 8                              certificate | member table
 * </pre>
 *
 * <p>A batch is stored once a position, whichever of its proposals and decisions names it; the null batch never is.
 */
final class VoteKeys {

    static final Family SLOTS = new Family("slots", false);
    static final Family BATCHES = new Family("batches", false);
    static final Family MARKS = new Family("marks", false);
    static final Schema SCHEMA = new Schema("votes", 1, List.of(SLOTS, BATCHES, MARKS), OnRot.STOP_WRITING);

    static final Bytes DIRECTORY = text("directory");
    static final Bytes APPENDS = text("appends");
    static final Bytes VIEW = text("view");
    static final Bytes STABLE = text("stable");
    static final Bytes VIEW_CHANGE = text("view-change");
    static final Bytes NEW_VIEW = text("new-view");
    static final Bytes REJOIN = text("rejoin");
    static final Bytes CLOSED_PREFIX = text("closed/");

    private static final int SLOT_KEY_BYTES = 8 + 1 + 8 + 8;

    private VoteKeys() {}

    /** What a slot's record is; the id is the key's ninth byte. */
    enum SlotKind {
        PROPOSAL(1),
        PREPARE(2),
        COMMIT(3),
        DECIDED(4);

        final int id;

        SlotKind(int id) {
            this.id = id;
        }

        static SlotKind ofId(int id) throws WireFormatException {
            for (SlotKind kind : values()) {
                if (kind.id == id) {
                    return kind;
                }
            }
            throw new WireFormatException("unknown kind of slot " + id);
        }
    }

    /** The key of what was voted at a place. */
    static Bytes slot(SlotKind kind, long epoch, long view, long sequence) {
        return new ByteWriter(SLOT_KEY_BYTES)
                .u64(sequence)
                .u8(kind.id)
                .u64(epoch)
                .u64(view)
                .toBytes();
    }

    /** The key of what was decided at a position: of one epoch at a time. */
    static Bytes decided(long sequence) {
        return slot(SlotKind.DECIDED, 0, 0, sequence);
    }

    /** Before every key of a position, and behind every key of the position before it. */
    static Bytes firstOf(long sequence) {
        return new ByteWriter(8).u64(sequence).toBytes();
    }

    static Bytes batch(long sequence, Digest digest) {
        return new ByteWriter(8 + Digest.SIZE_BYTES)
                .u64(sequence)
                .digest(digest)
                .toBytes();
    }

    static Bytes closed(long epoch) {
        return new ByteWriter(CLOSED_PREFIX.size() + 8)
                .raw(CLOSED_PREFIX)
                .u64(epoch)
                .toBytes();
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
