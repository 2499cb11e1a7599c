package io.sherd.consensus.ledger;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** A random ledger of small segments: operations, seals, null requests and REJOINs. Signatures are stand-ins. */
final class SmallLedger {

    static final Limits LIMITS = new Limits(2048, 4, 16, 1 << 20, 64 * 1024, 128 * 1024, 256 * 1024, 2, 64, 1024, 1000);

    final Genesis genesis;
    private final Random random;
    private final Signer client;
    private final List<DecidedEntry> entries = new ArrayList<>();
    private MemberTable members;
    private long nextId = 1;

    SmallLedger(long seed) {
        random = new Random(seed);
        List<Member> replicas = new ArrayList<>();
        for (int replica = 0; replica < 4; replica++) {
            replicas.add(new Member(
                    new VerifyingKey(digest("key" + replica)),
                    digest("pin" + replica),
                    "localhost:" + (7000 + replica),
                    "localhost:" + (8000 + replica),
                    directory(),
                    0));
        }
        client = signer("client");
        members = new MemberTable(0, replicas, List.of(client.key()), List.of());
        genesis = new Genesis("test", digest("nonce"), new Quorums(4, 1), 3, "key-value/1", LIMITS, members);
    }

    /** All entries so far, in order. */
    List<DecidedEntry> entries() {
        return List.copyOf(entries);
    }

    /** The member table after all entries so far. */
    MemberTable members() {
        return members;
    }

    SmallLedger addAny(int count) {
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(20);
            if (kind == 0) {
                addSeal();
            } else if (kind == 1) {
                add(Batch.NULL);
            } else if (kind == 2) {
                addRejoin(random.nextInt(4));
            } else {
                addOperations(1 + random.nextInt(4));
            }
        }
        return this;
    }

    SmallLedger addOperations(int count) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[random.nextInt(400)];
            random.nextBytes(value);
            Bytes key = Bytes.wrap(("key" + random.nextInt(50)).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            requests.add(Request.Operation.sign(
                    genesis.signingDomain(),
                    client,
                    nextId++,
                    new KeyValueOperation.Put(key, Bytes.wrap(value)).encoded()));
        }
        return add(Batch.of(requests));
    }

    SmallLedger addSeal() {
        return add(Batch.of(List.of(Request.Seal.at(entries.size() + 1))));
    }

    SmallLedger addRejoin(int replica) {
        Batch batch = Batch.of(List.of(Request.Rejoin.sign(
                genesis.signingDomain(),
                signer("key" + replica),
                replica,
                members.member(replica).incarnation(),
                directory())));
        add(batch);
        members = members.after(batch);
        return this;
    }

    private SmallLedger add(Batch batch) {
        entries.add(new DecidedEntry(new LedgerEntry(entries.size() + 1, batch), members.epoch(), 0, new TreeMap<>()));
        return this;
    }

    private DirectoryId directory() {
        byte[] id = new byte[DirectoryId.SIZE_BYTES];
        random.nextBytes(id);
        return new DirectoryId(Bytes.wrap(id));
    }

    static Signer signer(String name) {
        VerifyingKey key = new VerifyingKey(digest(name));
        return new Signer() {
            @Override
            public VerifyingKey key() {
                return key;
            }

            @Override
            public Signature sign(byte[] message) {
                byte[] hash = Sha256.of(message).toByteArray();
                byte[] signature = new byte[Signature.SIZE_BYTES];
                System.arraycopy(hash, 0, signature, 0, hash.length);
                return new Signature(Bytes.wrap(signature));
            }
        };
    }

    static Digest digest(String text) {
        return Sha256.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
