package io.sherd.replication.retention;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** How many more of the replicas that can be reached may go before a segment cannot be rebuilt. */
public final class Slack {

    private Slack() {}

    /**
     * {@return how many different pieces some replicas can serve together}
     *
     * @param served by each of them
     */
    public static int pieces(Collection<ReplicaSet> served) {
        return served.stream().reduce(ReplicaSet.NONE, ReplicaSet::or).size();
    }

    /**
     * Counts the further losses that a segment survives, at worst: the replica that is missed most goes first, and so on. Replicas
     * that hold much are missed more than their own piece: they take their hints, or the full bytes, with them.
     *
     * @param served the pieces that each replica can serve that is reachable and holds any
     * @param needed k
     * @return so many may go; negative, by how many pieces are missing, if the segment cannot be rebuilt now
     */
    public static int furtherLosses(Collection<ReplicaSet> served, int needed) {
        int missing = needed - pieces(served);
        if (missing > 0) {
            return -missing;
        }
        List<ReplicaSet> left = new ArrayList<>(served);
        int losses = 0;
        while (true) {
            left.remove(mostMissed(left));
            if (pieces(left) < needed) {
                return losses;
            }
            losses++;
        }
    }

    private static int mostMissed(List<ReplicaSet> served) {
        int most = 0;
        int fewestLeft = Integer.MAX_VALUE;
        for (int candidate = 0; candidate < served.size(); candidate++) {
            List<ReplicaSet> others = new ArrayList<>(served);
            ReplicaSet gone = others.remove(candidate);
            int left = pieces(others);
            boolean isWorse = left < fewestLeft
                    || (left == fewestLeft && gone.size() > served.get(most).size());
            if (isWorse) {
                most = candidate;
                fewestLeft = left;
            }
        }
        return most;
    }
}
