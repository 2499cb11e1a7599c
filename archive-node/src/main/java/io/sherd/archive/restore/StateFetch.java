package io.sherd.archive.restore;

import io.sherd.archive.state.InvalidStateException;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateImport;
import io.sherd.archive.state.StateImport.Wanted;
import io.sherd.archive.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which parts of a state to ask whom for: the core of fetching a certified state from several sources at once, without
 * connections, threads or clocks; time is counted in ticks.
 *
 * <p>The parts that are needed, top down, come from {@link StateImport}, which verifies each against its parent's digest. Each
 * part is asked of one source at a time, of those with the fewest questions open. A source that sends a wrong part is not asked
 * again; one that fails is left alone for a while; one that does not hold the state any more is not asked for this state. When
 * nobody holds it, {@link #isSuperseded} says so, and {@link #retarget} goes on under a newer certified root: only subtrees that
 * differ are fetched again.
 */
final class StateFetch {

    /** Questions open at one source: parts are 256 KiB at most, leaves of great values aside. */
    static final int OPEN_PER_SOURCE = 4;

    /** Ticks that a source which failed is left alone, doubled with each failure in a row. */
    private static final long FIRST_REST_TICKS = 2;

    private static final int MOST_DOUBLINGS = 6;

    private final RocksStateStore store;
    private final SortedMap<Integer, Source> sources = new TreeMap<>();
    private final Map<Wanted, Integer> open = new HashMap<>();
    private StateCheckpoint target;
    private StateImport parts;
    private long now;
    private long accepted;

    /** One source and what is known of it. */
    private static final class Source {
        private int open;
        private int failuresInARow;
        private long restsUntil;
        private boolean lied;
        private boolean lacksTarget;
        private String trouble = "";
    }

    /**
     * Asks a source for a part of a state.
     *
     * @param source whom
     * @param target of which state
     * @param part which part
     */
    record Ask(int source, StateCheckpoint target, Wanted part) {}

    /**
     * A fetch of one state.
     *
     * @param store what takes it
     * @param target a certified state checkpoint above the store's latest
     * @param sources who can be asked
     */
    StateFetch(RocksStateStore store, StateCheckpoint target, Set<Integer> sources) throws StoreException {
        this.store = store;
        this.target = target;
        this.parts = StateImport.begin(store, target);
        sources.forEach(source -> this.sources.put(source, new Source()));
    }

    /** What to ask now. */
    List<Ask> plan() {
        List<Ask> asks = new ArrayList<>();
        int slots = sources.size() * OPEN_PER_SOURCE;
        // Parts that are asked for already stay wanted until they arrive.
        for (Wanted part : parts.wanted(slots + open.size())) {
            if (open.containsKey(part)) {
                continue;
            }
            int source = leastBusy();
            if (source < 0) {
                break;
            }
            open.put(part, source);
            at(source).open++;
            asks.add(new Ask(source, target, part));
        }
        return asks;
    }

    /**
     * A part arrived.
     *
     * @return whether it was a part that is needed
     */
    boolean onChunk(Ask ask, StateChunk chunk) throws StoreException {
        if (!answered(ask)) {
            return false;
        }
        Source source = at(ask.source());
        try {
            parts.accept(ask.part(), chunk);
            source.failuresInARow = 0;
            source.trouble = "";
            accepted++;
            return true;
        } catch (InvalidStateException e) {
            source.lied = true;
            source.trouble = "lied: " + e.getMessage();
            return false;
        }
    }

    /** The source has not got this state, or not any more. */
    void onNotFound(Ask ask) {
        if (answered(ask)) {
            at(ask.source()).lacksTarget = true;
            at(ask.source()).trouble =
                    "does not hold the state of position " + ask.target().sequence();
        }
    }

    /** The source did not answer. */
    void onFailure(Ask ask, String trouble) {
        boolean counts = answered(ask);
        Source source = at(ask.source());
        if (counts && source.restsUntil <= now) {
            source.restsUntil = now + (FIRST_REST_TICKS << Math.min(source.failuresInARow, MOST_DOUBLINGS));
            source.failuresInARow++;
        }
        source.trouble = trouble;
    }

    /** Time passes. */
    void onTick() {
        now++;
    }

    /** Goes on under a newer certified root; an older or equal one changes nothing but who is asked again. */
    void retarget(StateCheckpoint newer) throws StoreException {
        for (Source source : sources.values()) {
            if (source.lacksTarget && newer.sequence() <= target.sequence()) {
                source.restsUntil = now + FIRST_REST_TICKS;
            }
            source.lacksTarget = false;
        }
        if (newer.sequence() > target.sequence()) {
            target = newer;
            parts = StateImport.begin(store, newer);
            open.clear();
            sources.values().forEach(source -> source.open = 0);
        }
    }

    /** Whether nobody who can be asked holds the state any more. */
    boolean isSuperseded() {
        return sources.values().stream().anyMatch(source -> source.lacksTarget)
                && sources.values().stream().allMatch(source -> source.lied || source.lacksTarget || isResting(source));
    }

    boolean isComplete() {
        return parts.isComplete();
    }

    /** Makes the fetched state the store's latest, durably. */
    StateCheckpoint finish() throws StoreException {
        parts.finish();
        return target;
    }

    /** How many parts were accepted, over all targets. */
    long acceptedParts() {
        return accepted;
    }

    StateCheckpoint target() {
        return target;
    }

    /** What is wrong with each source with which something is. */
    SortedMap<Integer, String> troubles() {
        SortedMap<Integer, String> troubles = new TreeMap<>();
        sources.forEach((replica, source) -> {
            if (!source.trouble.isEmpty()) {
                troubles.put(replica, source.trouble);
            }
        });
        return Collections.unmodifiableSortedMap(troubles);
    }

    /** The sources that sent what is not a part of the state. */
    Set<Integer> liars() {
        Set<Integer> liars = new HashSet<>();
        sources.forEach((replica, source) -> {
            if (source.lied) {
                liars.add(replica);
            }
        });
        return liars;
    }

    /** Notes that a question has its answer; false if it was one for an earlier target. */
    private boolean answered(Ask ask) {
        if (!ask.target().equals(target) || !open.remove(ask.part(), ask.source())) {
            return false;
        }
        at(ask.source()).open--;
        return true;
    }

    private int leastBusy() {
        int best = -1;
        for (var entry : sources.entrySet()) {
            Source source = entry.getValue();
            boolean isUsable =
                    !source.lied && !source.lacksTarget && !isResting(source) && source.open < OPEN_PER_SOURCE;
            if (isUsable && (best < 0 || source.open < at(best).open)) {
                best = entry.getKey();
            }
        }
        return best;
    }

    private boolean isResting(Source source) {
        return source.restsUntil > now;
    }

    private Source at(int replica) {
        Source source = sources.get(replica);
        if (source == null) {
            throw new IllegalArgumentException("replica " + replica + " is no source of this fetch");
        }
        return source;
    }
}
