package io.sherd.replication;

/**
 * All quorum arithmetic, in one place: n replicas of which at most f are faulty, n &gt; 3f.
 *
 * <p>Two sets of {@link #quorum()} replicas share at least n - 2f &ge; f + 1 replicas, so at least one correct one
 * (Castro and Liskov, "Practical Byzantine Fault Tolerance and Proactive Recovery", TOCS 2002, section 4).
 *
 * @param replicaCount n, 1 to 256
 * @param faultLimit f, with n &gt; 3f
 */
public record Quorums(int replicaCount, int faultLimit) {

    /** The most replicas a cluster can have: piece indexes are elements of GF(2^8). */
    public static final int MAX_REPLICAS = 256;

    /** Checks that n &gt; 3f and that both are in range. */
    public Quorums {
        if (replicaCount < 1 || replicaCount > MAX_REPLICAS) {
            throw new IllegalArgumentException("a cluster has 1 to 256 replicas, not " + replicaCount);
        }
        if (faultLimit < 0 || replicaCount <= 3 * faultLimit) {
            throw new IllegalArgumentException("%d replicas cannot tolerate %d faulty ones: n > 3f does not hold"
                    .formatted(replicaCount, faultLimit));
        }
    }

    /**
     * {@return the most faulty replicas that {@code replicaCount} replicas can tolerate}
     *
     * @param replicaCount n
     */
    public static int largestFaultLimit(int replicaCount) {
        return (replicaCount - 1) / 3;
    }

    /** {@return n - f: as many distinct replicas as a certificate needs} */
    public int quorum() {
        return replicaCount - faultLimit;
    }

    /** {@return f + 1: as many distinct replicas as must agree so that one of them is correct} */
    public int oneCorrect() {
        return faultLimit + 1;
    }

    /** {@return n - f - 1: the PREPAREs of distinct backups that, with the primary's PRE-PREPARE, make a prepared certificate} */
    public int preparesNeeded() {
        return quorum() - 1;
    }

    /**
     * {@return whether {@code distinctReplicas} make a certificate}
     *
     * @param distinctReplicas how many different replicas agree
     */
    public boolean isQuorum(int distinctReplicas) {
        return distinctReplicas >= quorum();
    }

    /**
     * {@return whether {@code distinctReplicas} contain a correct one}
     *
     * @param distinctReplicas how many different replicas agree
     */
    public boolean containsCorrect(int distinctReplicas) {
        return distinctReplicas >= oneCorrect();
    }

    /**
     * {@return whether {@code replica} is one of 0 to n - 1}
     *
     * @param replica any number
     */
    public boolean isReplica(int replica) {
        return replica >= 0 && replica < replicaCount;
    }

    /**
     * {@return the primary of a view: (epoch + view) mod n}
     *
     * @param epoch the epoch
     * @param view the view in it
     */
    public int primaryOf(long epoch, long view) {
        return (int) Long.remainderUnsigned(epoch + view, replicaCount);
    }
}
