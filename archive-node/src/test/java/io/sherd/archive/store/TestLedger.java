package io.sherd.archive.store;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
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
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** A ledger of random entries, one a segment, with everything that an archive stores of it. Signatures are stand-ins. */
final class TestLedger {

    final Genesis genesis;
    final StoreOwner owner;

    private final Random random;
    private final Disperser disperser;
    private final Signer signer;
    private final MerkleAccumulator history = new MerkleAccumulator();
    private Digest ledgerHash;
    private long sequence;
    private long segmentCount;

    TestLedger(long seed) {
        this(seed, 4, 1);
    }

    TestLedger(long seed, int replicaCount, int faultLimit) {
        random = new Random(seed);
        List<Member> members = new ArrayList<>();
        for (int replica = 0; replica < replicaCount; replica++) {
            members.add(new Member(
                    new VerifyingKey(digest()),
                    digest(),
                    "localhost:" + (7000 + replica),
                    "localhost:" + (8000 + replica),
                    directoryId(),
                    0));
        }
        genesis = new Genesis(
                "test",
                digest(),
                new Quorums(replicaCount, faultLimit),
                replicaCount - faultLimit,
                "key-value/1",
                Limits.DEFAULT,
                new MemberTable(0, members, List.of(), List.of()));
        owner = new StoreOwner(genesis.clusterId(), 0);
        disperser = new Disperser(genesis);
        signer = new Signer() {
            private final VerifyingKey key = new VerifyingKey(digest());

            @Override
            public VerifyingKey key() {
                return key;
            }

            @Override
            public Signature sign(byte[] message) {
                return signatureOf(message);
            }
        };
        ledgerHash = genesis.clusterId();
    }

    /** The next segment, of one entry with one request of random, so incompressible, bytes. */
    Disperser.Dispersed next(int payloadBytes) {
        Request request = Request.Operation.sign(genesis.signingDomain(), signer, sequence + 1, bytes(payloadBytes));
        LedgerEntry entry = new LedgerEntry(sequence + 1, Batch.of(List.of(request)));
        Segment segment = new Segment(segmentCount, ledgerHash, List.of(entry));
        sequence++;
        segmentCount++;
        ledgerHash = segment.ledgerHashAfter();
        Disperser.Dispersed dispersed = disperser.disperse(segment, 0);
        history.append(dispersed.commitment().leaf());
        return dispersed;
    }

    /** A certificate of the last segment's closing, signed by some replicas. */
    CheckpointCertificate certificate(int... signers) {
        return certificate(Optional.empty(), signers);
    }

    /** The closing of epoch 0 at the last segment. */
    ClosedEpoch closedEpoch() {
        MemberTable members = genesis.members();
        MemberTable next = new MemberTable(1, members.members(), members.clients(), members.admins());
        return new ClosedEpoch(certificate(Optional.of(next.digest()), 0, 1, 2), next);
    }

    StorageReceipt receipt(int replica, long firstSegment, long end) {
        return new StorageReceipt(0, replica, firstSegment, end, digest(), signatureOf(new byte[] {(byte) replica}));
    }

    Bytes bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    DirectoryId directoryId() {
        return new DirectoryId(bytes(DirectoryId.SIZE_BYTES));
    }

    private CheckpointCertificate certificate(Optional<Digest> nextMembers, int... signers) {
        CheckpointStatement statement = new CheckpointStatement(
                0, sequence, ledgerHash, segmentCount, history.root(), 0, Sha256.of(), nextMembers);
        SortedMap<Integer, Signature> signatures = new TreeMap<>();
        for (int replica : signers) {
            signatures.put(replica, signatureOf(new byte[] {(byte) replica, (byte) sequence}));
        }
        return new CheckpointCertificate(statement, signatures);
    }

    private Digest digest() {
        return Digest.of(bytes(Digest.SIZE_BYTES).readOnlyArray());
    }

    private static Signature signatureOf(byte[] message) {
        byte[] half = Sha256.of(message).toByteArray();
        byte[] both = new byte[Signature.SIZE_BYTES];
        System.arraycopy(half, 0, both, 0, half.length);
        System.arraycopy(half, 0, both, half.length, half.length);
        return new Signature(Bytes.wrap(both));
    }
}
