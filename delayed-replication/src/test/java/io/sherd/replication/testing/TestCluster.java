package io.sherd.replication.testing;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A cluster's genesis and all of its keys.
 *
 * @param genesis the genesis
 * @param replicas the replicas' keys, by number
 * @param client the key of its one client
 */
public record TestCluster(Genesis genesis, List<KeyedHash> replicas, KeyedHash client) {

    /** Segments close at 1 KiB or 8 entries, so that a test has many. */
    public static final Limits SMALL = new Limits(1024, 8, 16, 1 << 20, 4096, 8192, 1 << 17, 4, 16, 64, 1000);

    public static TestCluster of(int n, int f, int k) {
        return of(n, f, k, SMALL);
    }

    /** n replicas with the largest f, and k = n - f. */
    public static TestCluster of(int n) {
        int f = Quorums.largestFaultLimit(n);
        return of(n, f, n - f);
    }

    public static TestCluster of(int n, int f, int k, Limits limits) {
        KeyedHash client = KeyedHash.named("client");
        List<KeyedHash> replicas = new ArrayList<>();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            KeyedHash key = KeyedHash.named("replica " + i);
            replicas.add(key);
            members.add(new Member(
                    key.key(),
                    hash("pin " + i),
                    "127.0.0.1:" + (7000 + i),
                    "127.0.0.1:" + (8000 + i),
                    directory(i),
                    0));
        }
        MemberTable table =
                new MemberTable(0, members, List.of(client.key()), List.of(new VerifyingKey(hash("admin"))));
        Genesis genesis = new Genesis("test", hash("nonce"), new Quorums(n, f), k, "echo", limits, table);
        return new TestCluster(genesis, replicas, client);
    }

    public Quorums quorums() {
        return genesis.quorums();
    }

    public SigningDomain domain() {
        return genesis.signingDomain();
    }

    public static Digest hash(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A directory id that a number stands for. */
    public static DirectoryId directory(int number) {
        return new DirectoryId(
                Bytes.wrap(Arrays.copyOf(hash("directory " + number).toByteArray(), DirectoryId.SIZE_BYTES)));
    }
}
