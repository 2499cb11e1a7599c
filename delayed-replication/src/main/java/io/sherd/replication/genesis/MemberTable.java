package io.sherd.replication.genesis;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who takes part in one epoch, and with which keys.
 *
 * @param epoch the epoch; the genesis's is 0
 * @param members the replicas, by number
 * @param clients the keys that may write, in ascending order
 * @param admins the keys that may change this table, in ascending order
 */
public record MemberTable(long epoch, List<Member> members, List<VerifyingKey> clients, List<VerifyingKey> admins) {

    /** The most client keys, and the most admin keys, that a table holds. */
    public static final int MAX_KEYS = 10_000;

    /** Checks the counts, and that keys are sorted and distinct: a value has one encoding. */
    public MemberTable {
        members = List.copyOf(members);
        clients = sortedAndDistinct("client", clients);
        admins = sortedAndDistinct("admin", admins);
        if (members.isEmpty() || members.size() > Quorums.MAX_REPLICAS) {
            throw new IllegalArgumentException("a member table has 1 to 256 replicas, not " + members.size());
        }
        if (members.stream().map(Member::key).distinct().count() != members.size()) {
            throw new IllegalArgumentException("two replicas have one key");
        }
    }

    /**
     * {@return the replica of a number, 0 to n - 1}
     *
     * @param replica 0 to n - 1
     */
    public Member member(int replica) {
        return members.get(replica);
    }

    /**
     * {@return whether a client's key is listed}
     *
     * @param key any key
     */
    public boolean isClient(VerifyingKey key) {
        return java.util.Collections.binarySearch(clients, key) >= 0;
    }

    /**
     * The table of the next epoch, after an epoch entry. A REJOIN that names another incarnation than the table's, or a
     * replica that is not in it, changes nothing; so of several REJOINs of one replica in one entry, the first counts. An admin's
     * change that does not apply changes nothing.
     *
     * @param batch a batch of kind {@link Batch.Kind#EPOCH}
     * @return the table of epoch + 1
     */
    public MemberTable after(Batch batch) {
        if (batch.kind() != Batch.Kind.EPOCH) {
            throw new IllegalArgumentException("not an epoch entry: " + batch);
        }
        if (batch.requests().getFirst() instanceof Request.Change change) {
            return ChangedTable.after(this, change);
        }
        List<Member> next = new ArrayList<>(members);
        for (Request request : batch.requests()) {
            if (request instanceof Request.Rejoin rejoin && applies(next, rejoin)) {
                next.set(rejoin.replica(), next.get(rejoin.replica()).rejoined(rejoin.directory(), epoch + 1));
            }
        }
        return new MemberTable(epoch + 1, next, clients, admins);
    }

    /**
     * {@return whether a REJOIN names a replica of this table, the incarnation it has here, and a directory it does not have}
     *
     * @param rejoin a REJOIN, of any origin
     */
    public boolean applies(Request.Rejoin rejoin) {
        return applies(members, rejoin);
    }

    /**
     * {@return why an admin's change may not be ordered under this table; empty if it may} It applies in one epoch, for a listed admin,
     * and only as a whole, and replaces at most f keys. Whether the admin signed it is for others to check.
     *
     * @param change a change, of any origin
     * @param quorums n and f
     */
    public Optional<String> objectionTo(Request.Change change, Quorums quorums) {
        if (change.replacedKeys() > quorums.faultLimit()) {
            return Optional.of("%d replicas would get another key at once, at most f = %d may"
                    .formatted(change.replacedKeys(), quorums.faultLimit()));
        }
        return Optional.ofNullable(ChangedTable.objection(this, change));
    }

    private static boolean applies(List<Member> members, Request.Rejoin rejoin) {
        return rejoin.replica() < members.size()
                && members.get(rejoin.replica()).incarnation() == rejoin.incarnation()
                && !members.get(rejoin.replica()).directory().equals(rejoin.directory());
    }

    /** {@return SHA-256 of the canonical bytes: what a closing checkpoint statement binds} */
    public Digest digest() {
        return Sha256.of(encoded().readOnlyArray());
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter();
        encode(writer);
        return writer.toBytes();
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u64(epoch).u16(members.size());
        members.forEach(member -> member.encode(writer));
        writer.u32(clients.size());
        clients.forEach(key -> writer.digest(key.raw()));
        writer.u32(admins.size());
        admins.forEach(key -> writer.digest(key.raw()));
    }

    /**
     * Reads a table.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static MemberTable decode(ByteReader reader) throws WireFormatException {
        long epoch = reader.u64();
        int count = reader.u16();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(Member.decode(reader));
        }
        try {
            return new MemberTable(epoch, members, decodeKeys(reader), decodeKeys(reader));
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("member table: " + e.getMessage(), e);
        }
    }

    private static List<VerifyingKey> decodeKeys(ByteReader reader) throws WireFormatException {
        int count = reader.count(MAX_KEYS, "keys");
        List<VerifyingKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(new VerifyingKey(reader.digest()));
        }
        return keys;
    }

    private static List<VerifyingKey> sortedAndDistinct(String what, List<VerifyingKey> keys) {
        for (int i = 1; i < keys.size(); i++) {
            if (keys.get(i - 1).compareTo(keys.get(i)) >= 0) {
                throw new IllegalArgumentException(what + " keys are not in ascending order, each once");
            }
        }
        return List.copyOf(keys);
    }
}
