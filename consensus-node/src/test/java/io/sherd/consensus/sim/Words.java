package io.sherd.consensus.sim;

import java.util.ArrayList;
import java.util.List;

/** The words of one command of a scenario, taken one after the other. */
final class Words {

    private final String line;
    private final List<String> words;
    private int at;

    Words(String line) {
        this.line = line;
        this.words = List.of(line.strip().split("\\s+"));
    }

    /** The next word; empty behind the last. */
    String next() {
        return at < words.size() ? words.get(at++) : "";
    }

    int number() {
        return Integer.parseInt(next());
    }

    int node() {
        return node(next());
    }

    /** All words that are left. */
    List<String> rest() {
        return upTo("");
    }

    /** The words up to one that is passed over, or up to the end. */
    List<String> upTo(String end) {
        List<String> taken = new ArrayList<>();
        for (String word = next(); !word.isEmpty() && !word.equals(end); word = next()) {
            taken.add(word);
        }
        return taken;
    }

    /** All nodes that are left. */
    List<Integer> nodes() {
        return nodesUpTo("");
    }

    /** The nodes up to a word that is not passed over. */
    List<Integer> nodesUpTo(String end) {
        List<Integer> nodes = new ArrayList<>();
        while (at < words.size() && !words.get(at).equals(end)) {
            nodes.add(node());
        }
        return nodes;
    }

    boolean has(String word) {
        return words.contains(word);
    }

    /** Goes on behind a word, which must be there. */
    Words after(String word) {
        at = words.indexOf(word) + 1;
        if (at == 0) {
            throw new IllegalArgumentException("no %s in: %s".formatted(word, line));
        }
        return this;
    }

    /** The number of {@code r3}. */
    static int node(String name) {
        if (!name.matches("r\\d+")) {
            throw new IllegalArgumentException("no replica: " + name);
        }
        return Integer.parseInt(name.substring(1));
    }

    @Override
    public String toString() {
        return line;
    }
}
