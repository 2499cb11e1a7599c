package io.sherd.replication.testing;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentBuilder;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** A decided ledger as correct replicas hold it: segments, pieces, certificates and closed epochs. */
public final class TestLedger {

    private final TestCluster cluster;
    private final Random random;
    private final Disperser disperser;
    private final SegmentBuilder builder;
    private final MerkleAccumulator history = new MerkleAccumulator();
    private final List<Segment> segments = new ArrayList<>();
    private final List<Disperser.Dispersed> dispersed = new ArrayList<>();
    private final List<CheckpointCertificate> certificates = new ArrayList<>();
    private final List<ClosedEpoch> closedEpochs = new ArrayList<>();
    private MemberTable members;
    private long nextRequest = 1;
    private int maxPayloadBytes = 400;

    public TestLedger(TestCluster cluster, Random random) {
        this.cluster = cluster;
        this.random = random;
        this.disperser = new Disperser(cluster.genesis());
        this.builder = new SegmentBuilder(
                cluster.genesis().limits(), 0, 1, cluster.genesis().clusterId());
        this.members = cluster.genesis().members();
    }

    /** A ledger of so many segments, without seals and epochs. */
    public static TestLedger of(TestCluster cluster, Random random, int segments) {
        TestLedger ledger = new TestLedger(cluster, random);
        ledger.grow(segments, 0, 0);
        return ledger;
    }

    /** Makes operations of up to so many bytes from now on, instead of 400. */
    public TestLedger withPayloadsUpTo(int bytes) {
        maxPayloadBytes = bytes;
        return this;
    }

    /**
     * Adds segments of operations, of which some in a hundred are closed by seals or by epoch entries.
     *
     * @param more how many
     */
    public void grow(int more, int sealPercent, int epochPercent) {
        int end = segments.size() + more;
        while (segments.size() < end) {
            int chance = random.nextInt(100);
            if (chance < sealPercent) {
                add(Batch.of(List.of(Request.Seal.at(builder.nextSequence()))));
            } else if (chance < sealPercent + epochPercent) {
                int replica = random.nextInt(cluster.quorums().replicaCount());
                add(Batch.of(List.of(rejoin(replica))));
            } else {
                add(Batch.of(List.of(operation(random.nextInt(maxPayloadBytes)))));
            }
        }
    }

    public Request.Operation operation(int sizeBytes) {
        byte[] payload = new byte[sizeBytes];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) ('a' + random.nextInt(8));
        }
        return Request.Operation.sign(cluster.domain(), cluster.client(), nextRequest++, Bytes.wrap(payload));
    }

    public Request.Rejoin rejoin(int replica) {
        return Request.Rejoin.sign(
                cluster.domain(),
                cluster.replicas().get(replica),
                replica,
                members.member(replica).incarnation(),
                TestCluster.directory(random.nextInt()));
    }

    /** Decides one batch. */
    public void add(Batch batch) {
        builder.add(new LedgerEntry(builder.nextSequence(), batch)).ifPresent(this::seal);
    }

    private void seal(Segment segment) {
        Disperser.Dispersed sealed = disperser.disperse(segment, members.epoch());
        segments.add(segment);
        dispersed.add(sealed);
        history.append(sealed.commitment().leaf());
        boolean closes = segment.closedBy() == Batch.Kind.EPOCH;
        Optional<MemberTable> next =
                closes ? Optional.of(members.after(segment.entries().getLast().batch())) : Optional.empty();
        CheckpointStatement statement = new CheckpointStatement(
                members.epoch(),
                segment.lastSequence(),
                segment.ledgerHashAfter(),
                segments.size(),
                history.root(),
                0,
                Digest.ZERO,
                next.map(MemberTable::digest));
        CheckpointCertificate certificate = certify(statement);
        certificates.add(certificate);
        next.ifPresent(table -> {
            closedEpochs.add(new ClosedEpoch(certificate, table));
            members = table;
        });
    }

    /** A certificate with exactly n - f signatures, of random replicas. */
    public CheckpointCertificate certify(CheckpointStatement statement) {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        while (!cluster.quorums().isQuorum(signatures.size())) {
            int replica = random.nextInt(cluster.quorums().replicaCount());
            signatures.put(replica, sign(replica, statement));
        }
        return new CheckpointCertificate(statement, signatures);
    }

    public Signature sign(int replica, CheckpointStatement statement) {
        return cluster.replicas().get(replica).sign(statement.toSign(cluster.domain()));
    }

    public byte[] toSign(CheckpointStatement statement) {
        return cluster.domain()
                .toSign(
                        statement.epoch(),
                        SignedType.CHECKPOINT,
                        statement.encoded().toByteArray());
    }

    public TestCluster cluster() {
        return cluster;
    }

    public List<Segment> segments() {
        return segments;
    }

    public List<Disperser.Dispersed> dispersed() {
        return dispersed;
    }

    public Commitment commitment(int segment) {
        return dispersed.get(segment).commitment();
    }

    public List<Commitment> commitments() {
        return dispersed.stream().map(Disperser.Dispersed::commitment).toList();
    }

    /** The certificate of each checkpoint, by segment. */
    public List<CheckpointCertificate> certificates() {
        return certificates;
    }

    public List<ClosedEpoch> closedEpochs() {
        return closedEpochs;
    }

    public MemberTable members() {
        return members;
    }
}
