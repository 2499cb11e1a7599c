package io.sherd.cli.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and values as lines, the values under one another. */
final class Facts {
    private final Map<String, String> facts = new LinkedHashMap<>();

    Facts add(String name, Object value) {
        facts.put(name, String.valueOf(value));
        return this;
    }

    List<String> lines() {
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        facts.forEach((name, value) -> lines.add(name + " ".repeat(width - name.length() + 2) + value));
        return lines;
    }

    /** The lines, and a verdict behind them. */
    List<String> lines(int exitCode, String verdict) {
        List<String> lines = new ArrayList<>(lines());
        lines.add(Verdict.line(exitCode, verdict));
        return lines;
    }
}
