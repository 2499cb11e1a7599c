package io.sherd.replication.retention;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Segment numbers, kept as ranges that neither overlap nor touch: what is asked of it is mostly one run. Not thread-safe. */
public final class SegmentSet {

    /** First segment of each range, and its end, exclusive. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    /** An empty set. */
    public SegmentSet() {}

    /**
     * A run of segments.
     *
     * @param first the first one
     * @param end the one behind the last
     */
    public record Range(long first, long end) {

        /** Checks that there is at least one. */
        public Range {
            if (first < 0 || first >= end) {
                throw new IllegalArgumentException("segments %d to %d are no range".formatted(first, end));
            }
        }
    }

    /**
     * {@return these segments}
     *
     * @param ranges in any order
     */
    public static SegmentSet of(Iterable<Range> ranges) {
        SegmentSet set = new SegmentSet();
        ranges.forEach(range -> set.add(range.first(), range.end()));
        return set;
    }

    /**
     * {@return whether a segment is in it}
     *
     * @param segment its number
     */
    public boolean contains(long segment) {
        Map.Entry<Long, Long> range = ranges.floorEntry(segment);
        return range != null && range.getValue() > segment;
    }

    /**
     * Adds a run of segments.
     *
     * @param first the first one
     * @param end the one behind the last; nothing is added if it is not behind {@code first}
     */
    public void add(long first, long end) {
        if (first >= end) {
            return;
        }
        long joinedFirst = first;
        long joinedEnd = end;
        Map.Entry<Long, Long> touching = ranges.floorEntry(end);
        while (touching != null && touching.getValue() >= first) {
            joinedFirst = Math.min(joinedFirst, touching.getKey());
            joinedEnd = Math.max(joinedEnd, touching.getValue());
            ranges.remove(touching.getKey());
            touching = ranges.floorEntry(end);
        }
        ranges.put(joinedFirst, joinedEnd);
    }

    /**
     * Removes a segment.
     *
     * @param segment its number
     */
    public void remove(long segment) {
        Map.Entry<Long, Long> range = ranges.floorEntry(segment);
        if (range == null || range.getValue() <= segment) {
            return;
        }
        long first = range.getKey();
        long end = range.getValue();
        ranges.remove(first);
        add(first, segment);
        add(segment + 1, end);
    }

    /** {@return how many segments are in it} */
    public long size() {
        return ranges.entrySet().stream()
                .mapToLong(range -> range.getValue() - range.getKey())
                .sum();
    }

    /** {@return the runs, ascending; at least one segment is missing between any two} */
    public List<Range> ranges() {
        List<Range> list = new ArrayList<>();
        ranges.forEach((first, end) -> list.add(new Range(first, end)));
        return list;
    }

    /**
     * {@return the runs of segments that are in both}
     *
     * @param other another set
     */
    public List<Range> common(SegmentSet other) {
        List<Range> common = new ArrayList<>();
        for (Range mine : ranges()) {
            for (Range theirs : other.ranges()) {
                long first = Math.max(mine.first(), theirs.first());
                long end = Math.min(mine.end(), theirs.end());
                if (first < end) {
                    common.add(new Range(first, end));
                }
            }
        }
        return common;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SegmentSet set && set.ranges.equals(ranges);
    }

    @Override
    public int hashCode() {
        return ranges.hashCode();
    }

    @Override
    public String toString() {
        return ranges.toString();
    }
}
