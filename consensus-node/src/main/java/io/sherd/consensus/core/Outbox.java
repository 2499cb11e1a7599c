package io.sherd.consensus.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Gathers the effects of one step, in order. */
final class Outbox {

    private List<Effect> effects = new ArrayList<>();

    void persist(VoteRecord record) {
        effects.add(new Effect.Persist(record));
    }

    void send(int replica, Message message) {
        effects.add(new Effect.Send(replica, message));
    }

    void broadcast(Message message) {
        effects.add(new Effect.Broadcast(message));
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    void ignored(int sender, String kind, IgnoreReason reason) {
        effects.add(new Effect.Ignored(sender, kind, reason));
    }

    void note(String text) {
        effects.add(new Effect.Note(text));
    }

    /** The effects since the last call. */
    List<Effect> take() {
        List<Effect> taken = Collections.unmodifiableList(effects);
        effects = new ArrayList<>();
        return taken;
    }
}
