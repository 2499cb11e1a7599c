package io.sherd.consensus.sim;

import io.sherd.consensus.core.Message;
import java.util.ArrayList;
import java.util.List;

/** Keeps the signed words that reach one node, so that they reach it again much later: a network may do that. */
final class Echo {

    private static final int KEPT = 2_000;

    private record Heard(int sender, Message message) {}

    private final SimNode hearer;
    private final List<Heard> kept = new ArrayList<>();

    Echo(SimNode hearer) {
        this.hearer = hearer;
    }

    /** A message reaches a node. */
    void arrived(SimNode at, int sender, Message message) {
        if (at == hearer && kept.size() < KEPT && isSigned(message)) {
            kept.add(new Heard(sender, message));
        }
    }

    /** All that was kept reaches the node again, in its order, from now on. */
    void sound(Simulation simulation) {
        for (int i = 0; i < kept.size(); i++) {
            Heard heard = kept.get(i);
            simulation.plan(1 + i / 8, () -> hearer.arrive(heard.sender(), heard.message()));
        }
    }

    private static boolean isSigned(Message message) {
        return switch (message) {
            case Message.PrePrepare m -> true;
            case Message.Prepare m -> true;
            case Message.Commit m -> true;
            case Message.Checkpoint m -> true;
            case Message.ViewChange m -> true;
            case Message.NewView m -> true;
            case Message.Forward m -> false;
            case Message.Status m -> false;
            case Message.FetchEntries m -> false;
            case Message.Entries m -> false;
            case Message.FetchBatches m -> false;
            case Message.Batches m -> false;
            case Message.Certificate m -> false;
            case Message.EpochClosed m -> false;
            case Message.Receipt m -> false;
            case Message.FetchSigned m -> false;
            case Message.Signed m -> false;
        };
    }
}
