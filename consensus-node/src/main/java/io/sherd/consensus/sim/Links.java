package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which node hears which: one-way cuts, and a network that is another one in every view. */
final class Links {

    /**
     * Who hears whom depends on the view that a message speaks of, as in Twins (Bano and others, OPODIS 2021): so a view change
     * meets another partition than the view before it. In each view some kinds of messages do not reach some replicas.
     *
     * @param salt decides the fates
     * @param cutPercent of views, how many are split in two
     * @param starvedPercent of replicas and kinds of messages in a view, how many do not hear them
     */
    record ViewFates(long salt, int cutPercent, int starvedPercent) {

        boolean hears(int from, int to, Message message) {
            int kind;
            long view;
            switch (message) {
                case Message.PrePrepare m -> {
                    kind = 1;
                    view = viewOf(m.ballot());
                }
                case Message.Prepare m -> {
                    kind = 2;
                    view = viewOf(m.ballot());
                }
                case Message.Commit m -> {
                    kind = 3;
                    view = viewOf(m.ballot());
                }
                case Message.ViewChange m -> {
                    kind = 4;
                    view = m.epoch() * 1000 + m.view();
                }
                case Message.NewView m -> {
                    kind = 5;
                    view = m.epoch() * 1000 + m.view();
                }
                default -> {
                    return true;
                }
            }
            long ofView = Fingerprint.mix(salt, view);
            if (Long.remainderUnsigned(ofView, 100) < cutPercent && sideOf(ofView, from) != sideOf(ofView, to)) {
                return false;
            }
            long starved = Fingerprint.mix(Fingerprint.mix(ofView, kind), to);
            return Long.remainderUnsigned(starved, 100) >= starvedPercent;
        }

        private static long viewOf(Ballot ballot) {
            return ballot.epoch() * 1000 + ballot.view();
        }

        private static long sideOf(long ofView, int node) {
            return Fingerprint.mix(ofView, node) & 1;
        }
    }

    private final boolean[][] cut;
    private final BitSet away = new BitSet();
    private @Nullable ViewFates fates;
    private Predicate<Message> lost = message -> false;

    Links(int nodes) {
        cut = new boolean[nodes][nodes];
    }

    boolean hears(int from, int to, Message message) {
        ViewFates now = fates;
        return !cut[from][to]
                && !away.get(from)
                && !away.get(to)
                && (now == null || now.hears(from, to, message))
                && !lost.test(message);
    }

    /** Whether anything at all comes from one node to another one. */
    boolean reaches(int from, int to) {
        return !cut[from][to] && !away.get(from) && !away.get(to);
    }

    /** Whether a node hears another one at all. */
    boolean isOpen(int from, int to) {
        return !cut[from][to];
    }

    /** From now on a node does not hear another one. */
    void cut(int from, int to) {
        cut[from][to] = true;
    }

    /** A node hears another one again. */
    void join(int from, int to) {
        cut[from][to] = false;
    }

    /** From now on a node neither hears nor is heard, whatever else happens to the network, or is back. */
    void away(int node, boolean isAway) {
        away.set(node, isAway);
    }

    /** Whoever was away is back. */
    void allBack() {
        away.clear();
    }

    /** Splits the nodes in two: only those of one side hear each other. */
    void split(boolean[] side) {
        for (int from = 0; from < cut.length; from++) {
            for (int to = 0; to < cut.length; to++) {
                cut[from][to] = side[from] != side[to];
            }
        }
    }

    /** Everybody hears everybody, as far as the fates of views allow. */
    void joinAll() {
        for (boolean[] from : cut) {
            Arrays.fill(from, false);
        }
    }

    /** From now on who hears whom depends on the view; null ends that. */
    void fates(@Nullable ViewFates ofViews) {
        fates = ofViews;
    }

    /** Loses the messages that {@code which} says, from now on. */
    void lose(Predicate<Message> which) {
        lost = which;
    }
}
