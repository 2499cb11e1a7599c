package io.sherd.consensus.sim;

import io.sherd.consensus.core.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a scenario says about single messages: some are lost, some are held back until they are released. */
final class Tap implements Simulation.Interceptor {

    private record Held(SimNode from, SimNode to, Message message) {}

    /** Of which messages a rule speaks: of those that have all that it names. */
    private record Rule(boolean holds, Set<String> kinds, Set<Integer> from, Set<Integer> to, String ballot) {

        boolean speaksOf(SimNode sender, SimNode receiver, Message message) {
            String[] words = Trace.describe(message).split(" ", -1);
            return (kinds.isEmpty() || kinds.contains(words[0]) || kinds.contains(contentOf(message)))
                    && (from.isEmpty() || from.contains(sender.replica()))
                    && (to.isEmpty() || to.contains(receiver.replica()))
                    && (ballot.isEmpty() || words[1].equals(ballot) || words[1].startsWith(ballot + "/"));
        }

        private static String contentOf(Message message) {
            return message instanceof Message.PrePrepare p ? p.batch().kind().name() : "";
        }
    }

    private final Simulation simulation;
    private final List<Rule> rules = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();

    Tap(Simulation simulation) {
        this.simulation = simulation;
    }

    /** Loses messages from now on: {@code [KIND...] [from rX...] [to rX...] [at EPOCH/VIEW/POSITION]}. */
    void lose(Words words) {
        rules.add(rule(false, words));
    }

    /** Holds messages back from now on. */
    void hold(Words words) {
        rules.add(rule(true, words));
    }

    /** From now on everything passes; what is held stays held. */
    void clear() {
        rules.clear();
    }

    /** What is held arrives now, in its order. */
    void release() {
        for (Held message : held) {
            simulation.deliver(message.from(), message.to(), message.message());
        }
        held.clear();
    }

    List<Message.ViewChange> viewChangesHeldFor(int replica) {
        List<Message.ViewChange> changes = new ArrayList<>();
        for (Held one : held) {
            if (one.to().replica() == replica && one.message() instanceof Message.ViewChange change) {
                changes.add(change);
            }
        }
        return changes;
    }

    @Override
    public @Nullable Message passes(SimNode from, SimNode to, Message message) {
        for (Rule rule : rules) {
            if (rule.speaksOf(from, to, message)) {
                if (rule.holds()) {
                    held.add(new Held(from, to, message));
                }
                return null;
            }
        }
        return message;
    }

    private static Rule rule(boolean holds, Words words) {
        Set<String> kinds = new HashSet<>();
        Set<Integer> from = new HashSet<>();
        Set<Integer> to = new HashSet<>();
        String ballot = "";
        String part = "";
        for (String word : words.rest()) {
            if (Set.of("from", "to", "at").contains(word)) {
                part = word;
            } else if (part.equals("from")) {
                from.add(Words.node(word));
            } else if (part.equals("to")) {
                to.add(Words.node(word));
            } else if (part.equals("at")) {
                ballot = word;
            } else {
                kinds.add(word);
            }
        }
        return new Rule(holds, kinds, from, to, ballot);
    }
}
