package io.sherd.archive.edge;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.StateStore;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.MerkleTree;
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
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentBuilder;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A ledger of a cluster that never ran: real keys, real segments, real certificates; made from a seed, apart from keys. */
public final class MadeLedger {

    /** What a state checkpoint's root is: given the position and the entries up to it. */
    @FunctionalInterface
    public interface StateRoots {
        /** The root after the entries up to a position. */
        Digest rootAfter(long sequence, List<LedgerEntry> entries);
    }

    private final List<Ed25519Signer> signers;
    private final List<TlsIdentity> identities;
    private final Ed25519Signer client = Ed25519Signer.generate();
    private final Genesis genesis;
    private final SplittableRandom random;
    private final SegmentBuilder builder;
    private final Disperser disperser;
    private final MerkleAccumulator history = new MerkleAccumulator();
    private final List<LedgerEntry> entries = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private final List<Disperser.Dispersed> dispersed = new ArrayList<>();
    private final List<CheckpointCertificate> certificates = new ArrayList<>();
    private final List<ClosedEpoch> closedEpochs = new ArrayList<>();
    private final StateRoots stateRoots;
    private MemberTable members;
    private long stateSequence;
    private Digest stateRoot;
    private long lastRequestId;

    /** An empty ledger with the usual k. */
    public MadeLedger(int replicas, long seed, Limits limits, StateRoots stateRoots) {
        this(replicas, replicas - Quorums.largestFaultLimit(replicas), seed, limits, stateRoots);
    }

    /** An empty ledger. */
    public MadeLedger(int replicas, int piecesNeeded, long seed, Limits limits, StateRoots stateRoots) {
        System.out.println("made ledger: -Dsherd.seed=" + seed);
        this.random = new SplittableRandom(seed);
        this.signers = IntStream.range(0, replicas)
                .mapToObj(_ -> Ed25519Signer.generate())
                .toList();
        this.identities = IntStream.range(0, replicas)
                .mapToObj(_ -> TlsIdentity.generate(Clock.systemUTC()))
                .toList();
        List<Member> table = IntStream.range(0, replicas)
                .mapToObj(i -> new Member(
                        signers.get(i).key(),
                        identities.get(i).pin(),
                        "127.0.0.1:" + (1 + i),
                        "127.0.0.1:" + (1 + i),
                        RandomIds.directoryId(),
                        0))
                .toList();
        int faults = Quorums.largestFaultLimit(replicas);
        this.members = new MemberTable(0, table, List.of(client.key()), List.of());
        this.genesis = new Genesis(
                "made",
                RandomIds.nonce(),
                new Quorums(replicas, faults),
                piecesNeeded,
                new KeyValueMachine().name(),
                limits,
                members);
        this.builder = new SegmentBuilder(limits, 0, LedgerEntry.FIRST_SEQUENCE, genesis.clusterId());
        this.disperser = new Disperser(genesis);
        this.stateRoots = stateRoots;
        this.stateRoot = stateRoots.rootAfter(0, List.of());
    }

    /** A ledger of four replicas with segments of about 256 KiB and no state. */
    public static MadeLedger ofFour(long seed) {
        return new MadeLedger(4, seed, limits(256 * 1024), (_, _) -> Digest.ZERO);
    }

    /** A ledger with segments of about 256 KiB and the state that its entries make, in a store. */
    public static MadeLedger withState(int replicas, long seed, StateStore store) {
        return withState(replicas, replicas - Quorums.largestFaultLimit(replicas), seed, store);
    }

    /** The same with a k of its own. */
    public static MadeLedger withState(int replicas, int piecesNeeded, long seed, StateStore store) {
        Limits limits = limits(256 * 1024);
        StateUpdater updater = new StateUpdater(store, new KeyValueMachine(), limits);
        return new MadeLedger(replicas, piecesNeeded, seed, limits, (sequence, entries) -> {
            try {
                while (updater.executedSequence() < sequence) {
                    updater.execute(entries.get((int) updater.executedSequence()));
                }
                return sequence == 0 ? updater.latest().root() : updater.checkpoint(sequence);
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The seed that a test was given, or a new one. */
    public static long seed() {
        return Long.getLong("sherd.seed", System.nanoTime());
    }

    /** The default limits with another segment target. */
    public static Limits limits(int segmentTargetBytes) {
        Limits usual = Limits.DEFAULT;
        return new Limits(
                segmentTargetBytes,
                usual.checkpointInterval(),
                usual.window(),
                usual.windowBytes(),
                usual.requestBytes(),
                usual.batchBytes(),
                usual.frameBytes(),
                usual.stateCheckpointEvery(),
                usual.sessionWindow(),
                usual.resultBytes(),
                usual.sealMillis());
    }

    /** Appends entries with operations of about so many bytes until so many segments more are closed. */
    public MadeLedger addSegments(int count, int operationBytes) {
        int wanted = segments.size() + count;
        while (segments.size() < wanted) {
            add(Batch.of(List.of(operation(operationBytes))));
        }
        return this;
    }

    /** Appends a seal, which closes the segment. */
    public MadeLedger seal() {
        add(Batch.of(List.of(Request.Seal.at(builder.nextSequence()))));
        return this;
    }

    /** Appends the REJOIN of a replica, which closes the epoch. */
    public MadeLedger rejoin(int replica) {
        Request.Rejoin request = Request.Rejoin.sign(
                genesis.signingDomain(),
                signers.get(replica),
                replica,
                members.member(replica).incarnation(),
                RandomIds.directoryId());
        add(Batch.of(List.of(request)));
        return this;
    }

    /** Appends an entry. */
    public void add(Batch batch) {
        LedgerEntry entry = new LedgerEntry(builder.nextSequence(), batch);
        entries.add(entry);
        builder.add(entry).ifPresent(this::close);
    }

    /** A put of text that compresses to about half, under one of a hundred thousand keys. */
    private Request operation(int bytes) {
        StringBuilder text = new StringBuilder(bytes + 64);
        while (text.length() < bytes) {
            text.append("transfer ")
                    .append(random.nextInt(100_000))
                    .append(" from ")
                    .append(random.nextInt(1000));
        }
        KeyValueOperation put =
                new KeyValueOperation.Put(ascii("account-" + random.nextInt(100_000)), ascii(text.toString()));
        return Request.Operation.sign(genesis.signingDomain(), client, ++lastRequestId, put.encoded());
    }

    private static Bytes ascii(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void close(Segment segment) {
        Disperser.Dispersed made = disperser.disperse(segment, members.epoch());
        segments.add(segment);
        dispersed.add(made);
        history.append(made.commitment().leaf());
        Batch last = segment.entries().getLast().batch();
        Optional<MemberTable> next =
                last.kind() == Batch.Kind.EPOCH ? Optional.of(members.after(last)) : Optional.empty();
        CheckpointStatement statement = new CheckpointStatement(
                members.epoch(),
                segment.lastSequence(),
                segment.ledgerHashAfter(),
                segments.size(),
                history.root(),
                stateSequence,
                stateRoot,
                next.map(MemberTable::digest));
        CheckpointCertificate certificate = certify(statement, genesis.quorums().quorum());
        certificates.add(certificate);
        if (segment.isStateCheckpoint(genesis.limits())) {
            stateSequence = segment.lastSequence();
            stateRoot = stateRoots.rootAfter(stateSequence, entries);
        }
        next.ifPresent(table -> {
            closedEpochs.add(new ClosedEpoch(certificate, table));
            members = table;
        });
    }

    /** A certificate with the signatures of the first {@code signatures} replicas. */
    public CheckpointCertificate certify(CheckpointStatement statement, int signatures) {
        TreeMap<Integer, Signature> signed = new TreeMap<>();
        for (int replica = 0; replica < signatures; replica++) {
            signed.put(replica, signers.get(replica).sign(statement.toSign(genesis.signingDomain())));
        }
        return new CheckpointCertificate(statement, signed);
    }

    /** Stores what a replica holds of this ledger beyond what it has: its own pieces, everything that proves them. */
    public void fill(PieceStore store, int replica) throws StoreException {
        for (long segment = store.commitmentCount(); segment < segments.size(); segment++) {
            Disperser.Dispersed made = dispersed.get((int) segment);
            store.putSealed(made.commitment(), Optional.of(made.pieces().get(replica)), Optional.empty());
        }
        for (long epoch = store.closedEpochCount(); epoch < closedEpochs.size(); epoch++) {
            store.putClosedEpoch(closedEpochs.get((int) epoch));
        }
        store.putCertificate(certificates.getLast());
    }

    /** A replica's receipt for the segments from one on to another, which it does not include. */
    public StorageReceipt receipt(int replica, long epoch, long first, long end) {
        Digest root = MerkleTree.of(dispersed.stream()
                        .limit(end)
                        .map(made -> made.commitment().leaf())
                        .toList())
                .root();
        return StorageReceipt.sign(genesis.signingDomain(), signers.get(replica), epoch, replica, first, end, root);
    }

    /** The genesis. */
    public Genesis genesis() {
        return genesis;
    }

    /** The TLS identity of a replica. */
    public TlsIdentity identity(int replica) {
        return identities.get(replica);
    }

    /** What a replica signs with. */
    public Ed25519Signer signer(int replica) {
        return signers.get(replica);
    }

    /** All segments closed so far. */
    public List<Segment> segments() {
        return segments;
    }

    /** All segments as they were dispersed. */
    public List<Disperser.Dispersed> dispersed() {
        return dispersed;
    }

    /** The commitment of a segment. */
    public Commitment commitment(int segment) {
        return dispersed.get(segment).commitment();
    }

    /** The certificate of each segment's checkpoint. */
    public List<CheckpointCertificate> certificates() {
        return certificates;
    }

    /** The newest certificate. */
    public CheckpointCertificate head() {
        return certificates.getLast();
    }

    /** The epochs closed so far. */
    public List<ClosedEpoch> closedEpochs() {
        return closedEpochs;
    }

    /** The member table of today. */
    public MemberTable members() {
        return members;
    }

    /** Bytes of all segments, compressed. */
    public long compressedBytes() {
        return dispersed.stream().mapToLong(made -> made.compressed().size()).sum();
    }
}
