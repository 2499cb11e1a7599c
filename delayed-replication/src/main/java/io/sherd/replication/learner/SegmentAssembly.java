package io.sherd.replication.learner;

import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One segment on its way: its proved commitment, the verified pieces that are there, and what was asked of whom. */
final class SegmentAssembly {

    private static final int SOURCE_SHIFT = 8;

    private final Commitment commitment;
    private final int piecesNeeded;
    private final @Nullable Piece[] held;
    private final SortedMap<Integer, Ask> asks = new TreeMap<>();
    /** By index: how many were asked for it, may still answer, and are not hedged. */
    private final int[] promising;
    /** By index: how many were asked for it and may still answer. */
    private final int[] possible;

    private int heldCount;

    /** One source asked for one index. */
    static final class Ask {
        final int source;
        final int index;
        private long askedAt;
        private boolean open;
        private boolean hedged;
        private boolean answered;
        private long retryAt;
        private @Nullable String refusal;

        private Ask(int source, int index) {
            this.source = source;
            this.index = index;
        }
    }

    SegmentAssembly(Commitment commitment) {
        this.commitment = commitment;
        this.piecesNeeded = commitment.context().piecesNeeded();
        this.held = new @Nullable Piece[commitment.context().pieceCount()];
        this.promising = new int[held.length];
        this.possible = new int[held.length];
    }

    Commitment commitment() {
        return commitment;
    }

    int answerSizeBytes(int index) {
        return Piece.encodedSizeBytes(commitment.context(), index);
    }

    boolean isComplete() {
        return heldCount >= piecesNeeded;
    }

    int heldCount() {
        return heldCount;
    }

    int piecesNeeded() {
        return piecesNeeded;
    }

    /** The k pieces, by ascending index. */
    List<Piece> pieces() {
        List<Piece> pieces = new ArrayList<>(heldCount);
        for (Piece piece : held) {
            if (piece != null) {
                pieces.add(piece);
            }
        }
        return pieces;
    }

    boolean wants(int index) {
        return !isComplete() && held[index] == null;
    }

    void hold(Piece piece) {
        held[piece.index()] = piece;
        heldCount++;
    }

    /** How many more pieces to ask for: a hedged one counts as lost until it comes. */
    int toAskFor() {
        return piecesNeeded - heldCount - countMissing(promising);
    }

    /** Pieces held, or asked for and still possible. */
    int inSight() {
        return heldCount + countMissing(possible);
    }

    boolean canAsk(int source, int index, long now) {
        if (!wants(index)) {
            return false;
        }
        Ask ask = asks.get(key(source, index));
        return ask == null || (!ask.open && now >= ask.retryAt);
    }

    /** The lowest missing index, not this source's own, that nobody was asked for and this source can be; or -1. */
    int foreignIndex(int source, long now) {
        for (int index = 0; index < held.length; index++) {
            if (index != source && possible[index] == 0 && canAsk(source, index, now)) {
                return index;
            }
        }
        return -1;
    }

    void asked(int source, int index, long now) {
        Ask ask = asks.computeIfAbsent(key(source, index), _ -> new Ask(source, index));
        ask.askedAt = now;
        open(ask);
        ask.answered = false;
    }

    /** Whether this source was asked for this index and has not answered since, even if it was given up. */
    boolean isAwaited(int source, int index) {
        Ask ask = asks.get(key(source, index));
        return ask != null && !ask.answered;
    }

    /** Ends a fetch that brought a piece, good or not. */
    void answered(int source, int index) {
        Ask ask = asks.get(key(source, index));
        if (ask != null) {
            close(ask);
            ask.answered = true;
        }
    }

    /** Ends a fetch that brought nothing, and keeps the source from being asked for this index for a while. */
    boolean refused(int source, int index, long retryAt, String refusal) {
        Ask ask = asks.get(key(source, index));
        if (ask == null || !ask.open) {
            return false;
        }
        close(ask);
        ask.retryAt = retryAt;
        ask.refusal = refusal;
        return true;
    }

    /** Open fetches that nobody was asked to hedge yet, of the given age in ticks. */
    List<Ask> toHedge(long now, int ticks) {
        List<Ask> late = older(now, ticks);
        late.removeIf(ask -> ask.hedged);
        for (Ask ask : late) {
            ask.hedged = true;
            promising[ask.index]--;
        }
        return late;
    }

    /** Open fetches of the given age in ticks. */
    List<Ask> older(long now, int ticks) {
        List<Ask> late = new ArrayList<>();
        for (Ask ask : asks.values()) {
            if (ask.open && now - ask.askedAt >= ticks) {
                late.add(ask);
            }
        }
        return late;
    }

    /** Adds to {@code troubles} what this segment knows of sources of which nothing worse is known. */
    void addRefusals(SortedMap<Integer, String> troubles) {
        for (Ask ask : asks.values()) {
            if (ask.refusal != null && !ask.answered && ask.source == ask.index) {
                troubles.putIfAbsent(ask.source, ask.refusal);
            }
        }
    }

    private void open(Ask ask) {
        ask.open = true;
        ask.hedged = false;
        promising[ask.index]++;
        possible[ask.index]++;
    }

    private void close(Ask ask) {
        if (ask.open) {
            ask.open = false;
            possible[ask.index]--;
            promising[ask.index] -= ask.hedged ? 0 : 1;
        }
    }

    private int countMissing(int[] asked) {
        int count = 0;
        for (int index = 0; index < held.length; index++) {
            count += held[index] == null && asked[index] > 0 ? 1 : 0;
        }
        return count;
    }

    private static int key(int source, int index) {
        return source << SOURCE_SHIFT | index;
    }
}
