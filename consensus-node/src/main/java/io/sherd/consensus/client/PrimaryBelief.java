package io.sherd.consensus.client;

import io.sherd.replication.Quorums;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Whom to hand operations to. Each replica says its epoch and view; the (f + 1)-th highest of these pairs is one that a
 * correct replica has reached, so f liars cannot lead a client away from the primary for long.
 */
final class PrimaryBelief {

    private record Standing(long epoch, long view) {}

    private static final Comparator<Standing> ORDER =
            Comparator.comparingLong(Standing::epoch).thenComparingLong(Standing::view);

    private final Quorums quorums;
    private final Standing[] said;

    PrimaryBelief(Quorums quorums) {
        this.quorums = quorums;
        this.said = new Standing[quorums.replicaCount()];
        Arrays.fill(said, new Standing(0, 0));
    }

    synchronized void heard(int replica, long epoch, long view) {
        said[replica] = new Standing(epoch, view);
    }

    synchronized int primary() {
        Standing[] descending = said.clone();
        Arrays.sort(descending, ORDER.reversed());
        Standing reached = descending[quorums.oneCorrect() - 1];
        return quorums.primaryOf(reached.epoch(), reached.view());
    }
}
