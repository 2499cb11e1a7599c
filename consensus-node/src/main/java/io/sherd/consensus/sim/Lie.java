package io.sherd.consensus.sim;

/** What one of the f does. Most lies are told to some peers and not to others. */
enum Lie {
    /** Says nothing at all. */
    SILENCE,
    /** Leaves out some peers. */
    WITHHOLDING,
    /** Says again what it said long ago. */
    REPLAY,
    /** As primary, proposes one batch to some and another to others, and commits to both; votes for what nobody proposed. */
    EQUIVOCATION,
    /** Votes for every proposal that it hears of, whatever it voted for before. */
    VOTES_FOR_ALL,
    /** Votes twice, votes in others' names, and sends a PREPARE as primary. */
    STUFFED_VOTES,
    /** Moves epoch, view or sequence of what it says by one. */
    OFF_BY_ONE,
    /** Proposes batches with changed requests, with another digest, empty ones, and seals for other positions. */
    BAD_BATCHES,
    /** Proposes again what was executed, at another position. */
    REPEATED_BATCHES,
    /** Proposes an epoch entry only after later positions are decided. */
    LATE_EPOCH_ENTRIES,
    /** Shows VIEW-CHANGEs without what was prepared, or with old certificates, or for later views than it wants. */
    FORGETFUL_VIEW_CHANGES,
    /** Keeps its VIEW-CHANGEs, and sends them much later. */
    KEPT_VIEW_CHANGES,
    /** Opens views with null requests for what was prepared, with too few VIEW-CHANGEs, or with one of them twice. */
    FORGED_NEW_VIEWS,
    /** Opens one view with several NEW-VIEWs, each of which is valid by itself. */
    EQUIVOCATING_NEW_VIEWS,
    /** Says that it is far ahead, and signs checkpoints of its own. */
    BOASTING,
    /** Answers with entries whose proofs are short, doubled or of another batch, and with old certificates. */
    FALSE_EVIDENCE,
    /** Proposes a seal whenever it may propose. */
    SEAL_FLOOD,
    /** Never proposes a seal. */
    NO_SEALS,
    /** Relays requests that nobody signed, and REJOINs in others' names. */
    FORGED_REQUESTS,
    /** As primary, passes over one client's requests. */
    CENSORSHIP,
    /** As primary, proposes everything, each time just before the timeout. */
    SLOWNESS
}
