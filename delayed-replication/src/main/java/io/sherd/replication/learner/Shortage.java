package io.sherd.replication.learner;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a learner is missing, and why.
 *
 * @param stage what cannot be had
 * @param segment the segment that it would be for
 * @param have how many valid ones are there or under way
 * @param needed how many are needed
 * @param sources what is wrong with each source with which something is wrong
 */
public record Shortage(Stage stage, long segment, int have, int needed, SortedMap<Integer, String> sources) {

    /** What a learner can be short of, in the order in which it needs them. */
    public enum Stage {
        /** A source that answers at all. */
        HEADS,
        /** Commitments that lead to the certified history root. */
        COMMITMENTS,
        /** Valid pieces of one segment. */
        PIECES
    }

    /** Copies the map. */
    public Shortage {
        sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
    }

    /** {@return one line for people: {@code segment 17: have 2 valid pieces of 3 needed; r2: …; r3: …}} */
    @Override
    public String toString() {
        String what = switch (stage) {
            case HEADS -> "no source answers";
            case COMMITMENTS -> "segment %d: nobody gives its commitment".formatted(segment);
            case PIECES -> "segment %d: have %d valid pieces of %d needed".formatted(segment, have, needed);
        };
        StringBuilder line = new StringBuilder(what);
        sources.forEach((source, trouble) ->
                line.append("; r").append(source).append(": ").append(trouble));
        return line.toString();
    }
}
