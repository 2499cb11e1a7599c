package io.sherd.consensus.sim;

import io.sherd.consensus.core.Inspection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a person wants to read of a scenario: each command, what was remarkable while it was performed, and where the replicas stand
 * behind it, if that has changed.
 */
final class ScenarioTrace {

    private static final Set<String> REMARKABLE = Set.of(
            "INVALID_PROOF",
            "INVALID_BATCH",
            "INVALID_REQUEST",
            "CONFLICTING",
            "WRONG_DIGEST",
            "WRONG_SENDER",
            "NOT_FROM_PRIMARY",
            "FROM_PRIMARY");

    private final StringBuilder text = new StringBuilder();
    private final TreeSet<String> ignored = new TreeSet<>();
    private final int replicas;
    private List<String> standings = List.of();

    ScenarioTrace(int replicas) {
        this.replicas = replicas;
    }

    /** Everybody is up. */
    void begin() {
        text.setLength(0);
    }

    void command(String line) {
        text.append(line.startsWith("#") || line.isBlank() ? line : "> " + line).append('\n');
    }

    /** A line of the full trace: time, node, and what happened. */
    void happened(String line) {
        String[] parts = line.split(" ", 3);
        String what = parts[2];
        if (what.startsWith("ignored ")) {
            String[] words = what.split(" ", -1);
            if (REMARKABLE.contains(words[words.length - 1])) {
                ignored.add("%s ignores %s".formatted(parts[1], what.substring(8)));
            }
        } else if (what.startsWith("note ") || isPlain(what)) {
            long tick = Long.parseLong(parts[0]) / Simulation.TICK;
            text.append("  %5d %s %s%n".formatted(tick, parts[1], what.startsWith("note ") ? what.substring(5) : what));
        }
    }

    /** Where the replicas stand now, unless they stood there before. */
    void summary(Simulation simulation) {
        ignored.forEach(line -> text.append("        ").append(line).append('\n'));
        ignored.clear();
        TreeMap<String, List<String>> where = new TreeMap<>();
        for (int i = 0; i < replicas; i++) {
            SimNode node = simulation.node(i);
            where.computeIfAbsent(
                            node.isUp() ? standing(node.inspect()) : node.isFetching() ? "fetching" : "down",
                            w -> new ArrayList<>())
                    .add(node.name());
        }
        List<String> now = new ArrayList<>();
        where.forEach((standing, names) -> now.add(String.join(" ", names) + ": " + standing));
        if (!now.equals(standings)) {
            now.forEach(line -> text.append("    = ").append(line).append('\n'));
            standings = now;
        }
    }

    String text() {
        return text.toString();
    }

    private static String standing(Inspection seen) {
        return "%s in %d/%d, executed %d, stable %d%s%s"
                .formatted(
                        seen.mode().getClass().getSimpleName().toLowerCase(Locale.ROOT),
                        seen.epoch(),
                        seen.view(),
                        seen.executed(),
                        seen.stable(),
                        seen.inFlight() == 0 ? "" : ", in flight " + seen.inFlight(),
                        seen.pending() == 0 ? "" : ", pending " + seen.pending());
    }

    private static boolean isPlain(String what) {
        return what.startsWith("crashes")
                || what.startsWith("restarts")
                || what.startsWith("loses its disk")
                || what.startsWith("stands still")
                || what.startsWith("has a twin")
                || what.startsWith("VIOLATION")
                || what.startsWith("fetches certified")
                || what.startsWith("has fetched")
                || what.startsWith("is sent")
                || what.startsWith("superseded");
    }
}
