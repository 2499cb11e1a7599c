package io.sherd.consensus.wire;

import io.sherd.consensus.core.Message;
import io.sherd.replication.wire.WireFormatException;

/** The kinds of messages, as the first byte of a message tells them apart. An id is never given to another kind. */
public enum MessageType {
    /** {@link Message.Forward}. */
    FORWARD(1),
    /** {@link Message.PrePrepare}. */
    PRE_PREPARE(2),
    /** {@link Message.Prepare}. */
    PREPARE(3),
    /** {@link Message.Commit}. */
    COMMIT(4),
    /** {@link Message.Checkpoint}. */
    CHECKPOINT(5),
    /** {@link Message.ViewChange}. */
    VIEW_CHANGE(6),
    /** {@link Message.NewView}. */
    NEW_VIEW(7),
    /** {@link Message.Status}. */
    STATUS(8),
    /** {@link Message.FetchEntries}. */
    FETCH_ENTRIES(9),
    /** {@link Message.Entries}. */
    ENTRIES(10),
    /** {@link Message.FetchBatches}. */
    FETCH_BATCHES(11),
    /** {@link Message.Batches}. */
    BATCHES(12),
    /** {@link Message.Certificate}. */
    CERTIFICATE(13),
    /** {@link Message.EpochClosed}. */
    EPOCH_CLOSED(14),
    /** {@link Message.Receipt}. */
    RECEIPT(15),
    /** {@link Message.FetchSigned}. */
    FETCH_SIGNED(16),
    /** {@link Message.Signed}. */
    SIGNED(17);

    private static final MessageType[] BY_ID = values();

    private final int id;

    MessageType(int id) {
        this.id = id;
    }

    /** {@return the byte that stands for the kind} */
    public int id() {
        return id;
    }

    /**
     * {@return the kind of a message}
     *
     * @param message any message
     */
    public static MessageType of(Message message) {
        return switch (message) {
            case Message.Forward m -> FORWARD;
            case Message.PrePrepare m -> PRE_PREPARE;
            case Message.Prepare m -> PREPARE;
            case Message.Commit m -> COMMIT;
            case Message.Checkpoint m -> CHECKPOINT;
            case Message.ViewChange m -> VIEW_CHANGE;
            case Message.NewView m -> NEW_VIEW;
            case Message.Status m -> STATUS;
            case Message.FetchEntries m -> FETCH_ENTRIES;
            case Message.Entries m -> ENTRIES;
            case Message.FetchBatches m -> FETCH_BATCHES;
            case Message.Batches m -> BATCHES;
            case Message.Certificate m -> CERTIFICATE;
            case Message.EpochClosed m -> EPOCH_CLOSED;
            case Message.Receipt m -> RECEIPT;
            case Message.FetchSigned m -> FETCH_SIGNED;
            case Message.Signed m -> SIGNED;
        };
    }

    static MessageType ofId(int id) throws WireFormatException {
        if (id < 1 || id > BY_ID.length) {
            throw new WireFormatException("unknown message type " + id);
        }
        return BY_ID[id - 1];
    }
}
