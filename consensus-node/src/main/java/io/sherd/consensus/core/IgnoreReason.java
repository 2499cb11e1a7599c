package io.sherd.consensus.core;

/** Why something a peer sent was ignored. Peers lie and networks repeat themselves; none of this is an error here. */
public enum IgnoreReason {
    /** It is of an epoch that has ended here. */
    OLD_EPOCH,
    /** It is of an epoch that has not begun here. */
    FUTURE_EPOCH,
    /** It is of a view that was left. */
    OLD_VIEW,
    /** It is of a view that was not entered. */
    FUTURE_VIEW,
    /** Its position is at or below the last stable checkpoint, or already decided. */
    BELOW_WINDOW,
    /** Its position is above the window. */
    ABOVE_WINDOW,
    /** Only the primary of the view may say this. */
    NOT_FROM_PRIMARY,
    /** The primary must not say this. */
    FROM_PRIMARY,
    /** It speaks in another replica's name. */
    WRONG_SENDER,
    /** The same was counted before. */
    DUPLICATE,
    /**
     * Another value was accepted for this place: the sender contradicts itself, or a client signed two operations with one id.
     */
    CONFLICTING,
    /** The digest is not of the batch. */
    WRONG_DIGEST,
    /** The batch breaks a rule: size, kinds, a seal of another position, an empty batch outside a NEW-VIEW. */
    INVALID_BATCH,
    /** A request in it is not signed by a listed client, or by the replica it names. */
    INVALID_REQUEST,
    /** A signature or certificate inside does not verify. */
    INVALID_PROOF,
    /** Nobody asked for it, or it does not answer what was asked. */
    UNSOLICITED,
    /** The replica may not take part: it is rejoining, or changing views. */
    NOT_ACTIVE,
    /** A queue is at its bound. */
    QUEUE_FULL,
    /** It is for whoever drives the core, and should not have reached it. */
    NOT_FOR_CORE
}
