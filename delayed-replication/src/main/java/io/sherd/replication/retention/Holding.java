package io.sherd.replication.retention;

import io.sherd.replication.Invariant;

/**
 * What one replica keeps durably of one sealed segment, and what it may do next: the retention rule (docs/DESIGN.md, section 5).
 * Immutable; every step returns what is kept after it. Whoever drives it makes a piece durable before it takes the step that says
 * so, and takes a step that lets something go before it does so; then a crash between the two leaves more than the rule asks for, never
 * less.
 *
 * <p>The full bytes are all pieces in one: whoever has them serves every index. A receipt and a hint for one replica exclude each
 * other only in the end: a hint stays until its receipt is held, and then {@link #hintsToDelete} names it.
 *
 * @param self the replica that keeps this
 * @param replicaCount n
 * @param ownPiece whether its own piece is durable
 * @param fullBytes whether it still has the whole segment
 * @param stable whether the segment's checkpoint, or a later one, is stable
 * @param receipts whose receipts it holds; its own word is {@code ownPiece}
 * @param hints whose pieces it holds besides its own
 * @param exempt who joined again after the segment was sealed: it is owed no hint
 */
public record Holding(
        int self,
        int replicaCount,
        boolean ownPiece,
        boolean fullBytes,
        boolean stable,
        ReplicaSet receipts,
        ReplicaSet hints,
        ReplicaSet exempt) {

    /**
     * {@return what a replica keeps that has just made its own piece: of a segment that it sealed, or decoded in a restore}
     *
     * @param self the replica
     * @param replicaCount n
     * @param exempt who joined again after the segment was sealed
     */
    public static Holding sealed(int self, int replicaCount, ReplicaSet exempt) {
        return new Holding(self, replicaCount, true, true, false, ReplicaSet.NONE, ReplicaSet.NONE, exempt);
    }

    /**
     * {@return what a replica keeps that knows the segment's commitment only}
     *
     * @param self the replica
     * @param replicaCount n
     * @param exempt who joined again after the segment was sealed
     */
    public static Holding commitmentOnly(int self, int replicaCount, ReplicaSet exempt) {
        return new Holding(self, replicaCount, false, false, false, ReplicaSet.NONE, ReplicaSet.NONE, exempt);
    }

    /** {@return after the segment's checkpoint, or a later one, became stable} */
    public Holding becameStable() {
        return new Holding(self, replicaCount, ownPiece, fullBytes, true, receipts, hints, exempt);
    }

    /**
     * {@return after another replica's receipt for this segment was verified}
     *
     * @param replica whose
     */
    public Holding received(int replica) {
        return new Holding(self, replicaCount, ownPiece, fullBytes, stable, receipts.with(replica), hints, exempt);
    }

    /** {@return after receipts were forgotten: they count as absent until they come again} */
    public Holding forgotReceipts() {
        return new Holding(self, replicaCount, ownPiece, fullBytes, stable, ReplicaSet.NONE, hints, exempt);
    }

    /**
     * {@return after another replica joined again: what it said before is void, and from now on it is owed nothing; a hint that is
     * held stays}
     *
     * @param replica which one
     */
    public Holding joinedAgain(int replica) {
        return new Holding(
                self,
                replicaCount,
                ownPiece,
                fullBytes,
                stable,
                receipts.without(replica),
                hints,
                exempt.with(replica));
    }

    /** {@return after the own piece came from somebody else's hint, or was made anew: durable, and verified} */
    public Holding gotOwnPiece() {
        return new Holding(self, replicaCount, true, fullBytes, stable, receipts, hints, exempt);
    }

    /**
     * {@return after another replica's piece was computed from the full bytes, and is durable}
     *
     * @param replica whose
     */
    public Holding madeHint(int replica) {
        Invariant.holds(fullBytes, "replica %d makes a hint for %d without the full bytes", self, replica);
        return new Holding(self, replicaCount, ownPiece, fullBytes, stable, receipts, hints.with(replica), exempt);
    }

    /** {@return whose pieces are still to be made durable before the full bytes may go} */
    public ReplicaSet hintsOwed() {
        return fullBytes
                ? ReplicaSet.all(replicaCount)
                        .without(self)
                        .minus(receipts)
                        .minus(exempt)
                        .minus(hints)
                : ReplicaSet.NONE;
    }

    /** {@return whether the full bytes may go} */
    public boolean mayDrop() {
        return fullBytes && stable && ownPiece && hintsOwed().isEmpty();
    }

    /** {@return after the full bytes were dropped} */
    public Holding dropped() {
        Invariant.holds(mayDrop(), "the full bytes may not go: %s", this);
        return new Holding(self, replicaCount, true, false, true, receipts, hints, exempt);
    }

    /** {@return the hints that nobody needs any more: their owners have sent receipts} */
    public ReplicaSet hintsToDelete() {
        return hints.and(receipts);
    }

    /**
     * {@return after a hint was deleted}
     *
     * @param replica whose piece it was
     */
    public Holding deletedHint(int replica) {
        Invariant.holds(
                hintsToDelete().contains(replica), "the hint for replica %d is still needed: %s", replica, this);
        return new Holding(self, replicaCount, ownPiece, fullBytes, stable, receipts, hints.without(replica), exempt);
    }

    /** {@return the indexes of the pieces that it can serve} */
    public ReplicaSet serves() {
        if (fullBytes) {
            return ReplicaSet.all(replicaCount);
        }
        return ownPiece ? hints.with(self) : hints;
    }
}
