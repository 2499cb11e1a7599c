package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes words that no correct replica would say, all signed by one replica, whatever they claim. */
final class Forger {

    private static final Signature UNSIGNED = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));

    private final SimCluster cluster;
    private final int self;
    private final SplittableRandom random;
    private final Map<Digest, Batch> made = new HashMap<>();
    private long nextId;

    Forger(SimCluster cluster, int self, SplittableRandom random) {
        this.cluster = cluster;
        this.self = self;
        this.random = random;
        this.nextId = 1_000_000L * (self + 1);
    }

    /** A batch that a client signed for this replica alone. */
    Batch batchOfItsOwn() {
        Batch batch = Batch.of(List.of(cluster.operation(0, nextId++, 20)));
        made.put(batch.digest(), batch);
        return batch;
    }

    /** The batch of its own that has a digest, or null. */
    @Nullable
    Batch made(Digest digest) {
        return made.get(digest);
    }

    Message.PrePrepare propose(long view, long epoch, long sequence, Batch batch) {
        Ballot ballot = new Ballot(epoch, view, sequence, batch.digest());
        return new Message.PrePrepare(ballot, batch, sign(ballot, SignedType.PRE_PREPARE));
    }

    Message.Prepare prepare(Ballot ballot) {
        return new Message.Prepare(ballot, self, sign(ballot, SignedType.PREPARE));
    }

    Message.Commit commit(Ballot ballot) {
        return new Message.Commit(ballot, self, sign(ballot, SignedType.COMMIT));
    }

    /** A vote with another replica's number; the signature stays this one's. */
    Message inTheNameOf(int another, Message vote) {
        return switch (vote) {
            case Message.Prepare m -> new Message.Prepare(m.ballot(), another, m.signature());
            case Message.Commit m -> new Message.Commit(m.ballot(), another, m.signature());
            default -> vote;
        };
    }

    /** A proposal that breaks a rule of batches. */
    Message.PrePrepare badBatch(Message.PrePrepare proposal) {
        Ballot ballot = proposal.ballot();
        return switch (random.nextInt(4)) {
            case 0 -> propose(ballot.view(), ballot.epoch(), ballot.sequence(), Batch.NULL);
            case 1 ->
                propose(
                        ballot.view(),
                        ballot.epoch(),
                        ballot.sequence(),
                        Batch.of(List.of(Request.Seal.at(ballot.sequence() + 1))));
            case 2 -> new Message.PrePrepare(ballot, batchOfItsOwn(), proposal.signature());
            default ->
                propose(
                        ballot.view(),
                        ballot.epoch(),
                        ballot.sequence(),
                        Batch.of(proposal.batch().requests().stream()
                                .map(this::unsigned)
                                .toList()));
        };
    }

    /** A request that its client has not signed like this. */
    Request unsigned(Request request) {
        return switch (request) {
            case Request.Operation o -> {
                Request.Operation other = cluster.operation(
                        0, o.id(), Bytes.wrap(new byte[Math.max(1, o.payload().size())]));
                byte[] encoded = other.encoded().toByteArray();
                encoded[encoded.length - Signature.SIZE_BYTES] ^= 1;
                byte[] signature = other.signature().bytes().toByteArray();
                signature[0] ^= 1;
                yield new Request.Operation(
                        other.client(),
                        other.id(),
                        other.payload(),
                        new Signature(Bytes.wrap(signature)),
                        Bytes.wrap(encoded));
            }
            case Request.Rejoin r -> {
                int victim = (r.replica() + 1) % cluster.size();
                Request.Rejoin mine = Request.Rejoin.sign(
                        cluster.domain(), cluster.signer(self), victim, r.incarnation(), r.directory());
                yield victim == self ? r : mine;
            }
            case Request.Change c ->
                Request.Change.sign(cluster.domain(), cluster.signer(self), c.epoch(), c.changes());
            case Request.Seal s -> s;
        };
    }

    /** A VIEW-CHANGE that hides some of what was prepared, or everything with the certificate. */
    Message.ViewChange forgetful(Message.ViewChange change) {
        List<PreparedProof> told = new ArrayList<>();
        if (random.nextInt(3) == 0 && !change.prepared().isEmpty()) {
            return signed(change.epoch(), change.view(), change.stable(), invented(change.prepared()));
        }
        if (random.nextInt(2) == 0) {
            for (PreparedProof proof : change.prepared()) {
                if (random.nextInt(2) == 0) {
                    told.add(proof);
                }
            }
        }
        return signed(change.epoch(), change.view(), Optional.empty(), told);
    }

    /** The same certificates, for another batch at the first position. */
    private List<PreparedProof> invented(List<PreparedProof> prepared) {
        List<PreparedProof> told = new ArrayList<>(prepared);
        Ballot was = told.getFirst().ballot();
        Batch instead = random.nextBoolean() ? Batch.NULL : batchOfItsOwn();
        Ballot other = new Ballot(was.epoch(), was.view(), was.sequence(), instead.digest());
        told.set(
                0,
                new PreparedProof(
                        other, told.getFirst().prePrepare(), told.getFirst().prepares()));
        return told;
    }

    /** The same VIEW-CHANGE for the view after, or far ahead. */
    Message.ViewChange nextView(Message.ViewChange change) {
        long by = random.nextInt(4) == 0 ? 1_000_000 : 1;
        return signed(change.epoch(), change.view() + by, change.stable(), change.prepared());
    }

    /** A NEW-VIEW that rests on too few VIEW-CHANGEs or on one twice, or that puts something else for what was prepared. */
    Message.NewView forged(Message.NewView newView) {
        List<Message.ViewChange> changes = new ArrayList<>(newView.viewChanges());
        switch (random.nextInt(4)) {
            case 0 -> changes.remove(random.nextInt(changes.size()));
            case 1 -> changes.set(changes.size() - 1, changes.getFirst());
            case 2 -> {
                SortedMap<Long, Digest> erased = obliged(changes);
                erased.replaceAll((sequence, digest) -> Batch.NULL.digest());
                return opened(newView.epoch(), newView.view(), changes, erased);
            }
            default -> {
                SortedMap<Long, Digest> replaced = obliged(changes);
                if (!replaced.isEmpty()) {
                    replaced.put(replaced.firstKey(), batchOfItsOwn().digest());
                }
                return opened(newView.epoch(), newView.view(), changes, replaced);
            }
        }
        return opened(newView.epoch(), newView.view(), changes, obliged(changes));
    }

    /** A VIEW-CHANGE that tells nothing. */
    Message.ViewChange empty(long epoch, long view) {
        return signed(epoch, view, Optional.empty(), List.of());
    }

    /** A NEW-VIEW by whoever has asked, however few, which proposes what follows from what they say. */
    Message.NewView openedBy(List<Message.ViewChange> changes) {
        Message.ViewChange first = changes.getFirst();
        return opened(first.epoch(), first.view(), changes, obliged(changes));
    }

    /** Another valid NEW-VIEW: its own VIEW-CHANGE tells nothing, and the proposals follow from what is told. */
    Message.NewView otherNewView(Message.NewView newView) {
        List<Message.ViewChange> changes = new ArrayList<>();
        for (Message.ViewChange change : newView.viewChanges()) {
            changes.add(change.replica() == self ? empty(change.epoch(), change.view()) : change);
        }
        return opened(newView.epoch(), newView.view(), changes, obliged(changes));
    }

    /** Above the highest stable checkpoint shown, what is prepared in the highest view, and null requests between. */
    private static SortedMap<Long, Digest> obliged(List<Message.ViewChange> changes) {
        TreeMap<Long, Ballot> highest = new TreeMap<>();
        long floor = 0;
        for (Message.ViewChange change : changes) {
            floor = Math.max(
                    floor, change.stable().map(c -> c.statement().sequence()).orElse(0L));
            for (PreparedProof proof : change.prepared()) {
                highest.merge(
                        proof.ballot().sequence(), proof.ballot(), (one, two) -> one.view() >= two.view() ? one : two);
            }
        }
        TreeMap<Long, Digest> digests = new TreeMap<>();
        // The first epoch's entries begin at 1; in a later one nothing below what is prepared matters to who asks.
        long from = floor > 0 || highest.isEmpty() ? floor : highest.firstKey() - 1;
        for (long sequence = from + 1; !highest.isEmpty() && sequence <= highest.lastKey(); sequence++) {
            Ballot ballot = highest.get(sequence);
            digests.put(sequence, ballot == null ? Batch.NULL.digest() : ballot.digest());
        }
        return digests;
    }

    /** A CHECKPOINT of a place or a ledger that is not there. */
    Message.Checkpoint boasting(Message.Checkpoint checkpoint) {
        CheckpointStatement said = checkpoint.statement();
        CheckpointStatement boasted = new CheckpointStatement(
                said.epoch(),
                said.sequence() + (random.nextInt(2) == 0 ? 0 : random.nextInt(100)),
                Digest.ZERO,
                said.segmentCount(),
                said.historyRoot(),
                said.stateSequence(),
                said.stateRoot(),
                Optional.empty());
        return new Message.Checkpoint(boasted, self, cluster.signer(self).sign(boasted.toSign(cluster.domain())));
    }

    /** An answer that proves less than it says. */
    Message falseEvidence(Message answer) {
        return switch (answer) {
            case Message.Entries m ->
                new Message.Entries(m.entries().stream().map(this::falseEntry).toList());
            case Message.Batches m -> new Message.Batches(List.of(batchOfItsOwn()));
            case Message.Certificate m -> falseCertificate(m.certificate());
            default -> answer;
        };
    }

    /** One that shows a later place than its signatures are for, or too few of them. */
    private Message.Certificate falseCertificate(CheckpointCertificate certificate) {
        TreeMap<Integer, Signature> signatures = new TreeMap<>(certificate.signatures());
        CheckpointStatement said = certificate.statement();
        if (random.nextBoolean()) {
            signatures.remove(signatures.lastKey());
            return new Message.Certificate(new CheckpointCertificate(said, signatures));
        }
        CheckpointStatement later = new CheckpointStatement(
                said.epoch(),
                said.sequence() + 1 + random.nextInt(30),
                said.ledgerHash(),
                said.segmentCount() + 1,
                said.historyRoot(),
                said.stateSequence(),
                said.stateRoot(),
                Optional.empty());
        return new Message.Certificate(new CheckpointCertificate(later, signatures));
    }

    private DecidedEntry falseEntry(DecidedEntry entry) {
        TreeMap<Integer, Signature> commits = new TreeMap<>(entry.commits());
        return switch (random.nextInt(3)) {
            case 0 -> {
                commits.remove(commits.lastKey());
                yield new DecidedEntry(entry.entry(), entry.epoch(), entry.view(), commits);
            }
            case 1 -> {
                LedgerEntry other = new LedgerEntry(entry.entry().sequence(), batchOfItsOwn());
                Ballot ballot = new Ballot(
                        entry.epoch(),
                        entry.view(),
                        other.sequence(),
                        other.batch().digest());
                commits.replaceAll((replica, signature) -> sign(ballot, SignedType.COMMIT));
                yield new DecidedEntry(other, entry.epoch(), entry.view(), commits);
            }
            default ->
                new DecidedEntry(
                        new LedgerEntry(entry.entry().sequence(), batchOfItsOwn()),
                        entry.epoch(),
                        entry.view(),
                        commits);
        };
    }

    private Message.ViewChange signed(
            long epoch, long view, Optional<CheckpointCertificate> stable, List<PreparedProof> prepared) {
        Message.ViewChange unsigned = new Message.ViewChange(epoch, view, stable, prepared, self, UNSIGNED);
        Signature signature = cluster.signer(self).sign(unsigned.toSign(cluster.domain()));
        return new Message.ViewChange(epoch, view, stable, prepared, self, signature);
    }

    private Message.NewView opened(
            long epoch, long view, List<Message.ViewChange> changes, SortedMap<Long, Digest> proposals) {
        TreeMap<Long, Signature> signatures = new TreeMap<>();
        proposals.forEach((sequence, digest) ->
                signatures.put(sequence, sign(new Ballot(epoch, view, sequence, digest), SignedType.PRE_PREPARE)));
        Message.NewView unsigned = new Message.NewView(epoch, view, changes, signatures, self, UNSIGNED);
        Signature signature = cluster.signer(self).sign(unsigned.toSign(cluster.domain()));
        return new Message.NewView(epoch, view, changes, signatures, self, signature);
    }

    private Signature sign(Ballot ballot, SignedType type) {
        return cluster.signer(self).sign(ballot.toSign(cluster.domain(), type));
    }
}
