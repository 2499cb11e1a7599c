package io.sherd.consensus.wire;

/** Why a message of a peer does not reach the core. */
public enum Refusal {
    /** It speaks in another replica's name than that of the link it came over. */
    WRONG_SENDER,
    /** Only the primary of its view may say it. */
    NOT_FROM_PRIMARY,
    /** It is signed with the keys of an epoch that has not begun here. */
    UNKNOWN_EPOCH,
    /** Its signature does not verify. */
    BAD_SIGNATURE
}
