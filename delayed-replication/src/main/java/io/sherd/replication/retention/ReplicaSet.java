package io.sherd.replication.retention;

import java.util.BitSet;
import java.util.List;

/** Some of the replicas 0 to n - 1; also the indexes of their pieces. Immutable. */
public final class ReplicaSet {

    /** None. */
    public static final ReplicaSet NONE = new ReplicaSet(new BitSet());

    private final BitSet members;

    private ReplicaSet(BitSet members) {
        this.members = members;
    }

    /**
     * {@return these replicas}
     *
     * @param replicas numbers
     */
    public static ReplicaSet of(int... replicas) {
        BitSet members = new BitSet();
        for (int replica : replicas) {
            members.set(replica);
        }
        return new ReplicaSet(members);
    }

    /**
     * {@return these replicas}
     *
     * @param replicas numbers
     */
    public static ReplicaSet of(Iterable<Integer> replicas) {
        BitSet members = new BitSet();
        replicas.forEach(members::set);
        return new ReplicaSet(members);
    }

    /**
     * {@return all replicas}
     *
     * @param replicaCount n
     */
    public static ReplicaSet all(int replicaCount) {
        BitSet members = new BitSet();
        members.set(0, replicaCount);
        return new ReplicaSet(members);
    }

    /**
     * {@return whether a replica is in it}
     *
     * @param replica its number
     */
    public boolean contains(int replica) {
        return members.get(replica);
    }

    /** {@return whether nobody is in it} */
    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** {@return how many are in it} */
    public int size() {
        return members.cardinality();
    }

    /**
     * {@return this and one more}
     *
     * @param replica its number
     */
    public ReplicaSet with(int replica) {
        return contains(replica) ? this : or(of(replica));
    }

    /**
     * {@return this without one}
     *
     * @param replica its number
     */
    public ReplicaSet without(int replica) {
        return contains(replica) ? minus(of(replica)) : this;
    }

    /**
     * {@return everybody who is in one of two}
     *
     * @param other another set
     */
    public ReplicaSet or(ReplicaSet other) {
        BitSet joined = (BitSet) members.clone();
        joined.or(other.members);
        return new ReplicaSet(joined);
    }

    /**
     * {@return everybody who is in both}
     *
     * @param other another set
     */
    public ReplicaSet and(ReplicaSet other) {
        BitSet common = (BitSet) members.clone();
        common.and(other.members);
        return new ReplicaSet(common);
    }

    /**
     * {@return everybody who is in this and not in another}
     *
     * @param other another set
     */
    public ReplicaSet minus(ReplicaSet other) {
        BitSet rest = (BitSet) members.clone();
        rest.andNot(other.members);
        return new ReplicaSet(rest);
    }

    /** {@return the numbers, ascending} */
    public List<Integer> toList() {
        return members.stream().boxed().toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReplicaSet set && set.members.equals(members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    @Override
    public String toString() {
        return members.toString();
    }
}
