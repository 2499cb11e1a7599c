package io.sherd.consensus.client;

import io.sherd.consensus.rpc.Outcome;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.replication.Quorums;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What replicas said about one operation. A replica's last word counts, once; f + 1 equal words of distinct replicas are
 * accepted, since one of them is correct. Equal means equal in everything: BFT-SMaRt once counted replies instead of equal
 * replies (issue 62).
 */
final class OperationTally {

    private final Quorums quorums;
    private final Map<Outcome, BitSet> outcomes = new LinkedHashMap<>();
    private final Map<RefusalReason, BitSet> refusals = new LinkedHashMap<>();

    OperationTally(Quorums quorums) {
        this.quorums = quorums;
    }

    /** Counts an outcome, and returns it once f + 1 replicas have said it. */
    Optional<Outcome> count(int replica, Outcome outcome) {
        forget(replica);
        BitSet voters = outcomes.computeIfAbsent(outcome, _ -> new BitSet());
        voters.set(replica);
        return quorums.containsCorrect(voters.cardinality()) ? Optional.of(outcome) : Optional.empty();
    }

    /** Counts a refusal that is final, and returns it once f + 1 replicas have given one for the same reason. */
    Optional<RefusalReason> count(int replica, RefusalReason reason) {
        forget(replica);
        BitSet voters = refusals.computeIfAbsent(reason, _ -> new BitSet());
        voters.set(replica);
        return quorums.containsCorrect(voters.cardinality()) ? Optional.of(reason) : Optional.empty();
    }

    /** Words of one replica are one word: it cannot fill the table with many. */
    private void forget(int replica) {
        outcomes.values().removeIf(voters -> withdrawn(voters, replica));
        refusals.values().removeIf(voters -> withdrawn(voters, replica));
    }

    private static boolean withdrawn(BitSet voters, int replica) {
        voters.clear(replica);
        return voters.isEmpty();
    }
}
