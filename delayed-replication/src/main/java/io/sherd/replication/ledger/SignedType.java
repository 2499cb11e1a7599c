package io.sherd.replication.ledger;

/** What a signature is over. The type is under the signature, so none can be passed off as another's. */
public enum SignedType {
    /** A client's request. */
    REQUEST(1),
    /** PBFT PRE-PREPARE. */
    PRE_PREPARE(2),
    /** PBFT PREPARE. */
    PREPARE(3),
    /** PBFT COMMIT. */
    COMMIT(4),
    /** A checkpoint statement. */
    CHECKPOINT(5),
    /** PBFT VIEW-CHANGE. */
    VIEW_CHANGE(6),
    /** PBFT NEW-VIEW. */
    NEW_VIEW(7),
    /** A replica that has forgotten its votes asks for a new incarnation. */
    REJOIN(8),
    /** A replica's word that its own piece is durable. */
    RECEIPT(9),
    /** An admin's change of keys or addresses. */
    ADMIN(10);

    private final int id;

    SignedType(int id) {
        this.id = id;
    }

    /** {@return the byte that stands for the type} */
    public int id() {
        return id;
    }
}
