package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Message;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * One of the f: a correct core whose effects are rewritten before anybody sees them. It signs what it likes with its own key,
 * and with no other.
 */
final class Adversary implements UnaryOperator<List<Effect>> {

    /** What it does. Each lie is told to some peers and not to others. */
    enum Lie {
        /** Says nothing at all. */
        SILENCE,
        /** As primary, proposes different batches to different backups; as any, votes for different digests. */
        EQUIVOCATION,
        /** Leaves out some peers. */
        WITHHOLDING,
        /** Says again what it said long ago. */
        REPLAY,
        /** Shows VIEW-CHANGEs without what was prepared, and NEW-VIEWs that replace it by null requests. */
        FORGED_VIEWS,
        /** Says that it is far ahead, and signs checkpoints of its own. */
        BOASTING
    }

    private static final Signature UNSIGNED = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));
    private static final int REMEMBERED = 500;

    private final SimCluster cluster;
    private final int self;
    private final SplittableRandom random;
    private final List<Lie> lies;
    private final List<Message> history = new ArrayList<>();
    private long nextId = 1_000_000;

    Adversary(SimCluster cluster, int self, long seed, Lie... lies) {
        this.cluster = cluster;
        this.self = self;
        this.random = new SplittableRandom(seed);
        this.lies = List.of(lies);
    }

    @Override
    public List<Effect> apply(List<Effect> effects) {
        List<Effect> rewritten = new ArrayList<>();
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Broadcast(Message message) -> speak(message, rewritten);
                case Effect.Send(int to, Message message) -> {
                    if (!lies.contains(Lie.SILENCE)) {
                        rewritten.add(effect);
                    }
                }
                default -> rewritten.add(effect);
            }
        }
        return rewritten;
    }

    private void speak(Message message, List<Effect> out) {
        if (lies.contains(Lie.SILENCE)) {
            return;
        }
        for (int to = 0; to < cluster.size(); to++) {
            if (to == self || (lies.contains(Lie.WITHHOLDING) && random.nextInt(3) == 0)) {
                continue;
            }
            boolean lying = random.nextInt(2) == 0;
            out.add(new Effect.Send(to, lying ? lie(message) : message));
            if (lies.contains(Lie.REPLAY) && !history.isEmpty() && random.nextInt(4) == 0) {
                out.add(new Effect.Send(to, history.get(random.nextInt(history.size()))));
            }
        }
        if (history.size() < REMEMBERED) {
            history.add(message);
        } else {
            history.set(random.nextInt(REMEMBERED), message);
        }
    }

    private Message lie(Message message) {
        return switch (message) {
            case Message.PrePrepare m when lies.contains(Lie.EQUIVOCATION) -> otherProposal(m);
            case Message.Prepare m
            when lies.contains(Lie.EQUIVOCATION) -> {
                Ballot other = other(m.ballot());
                yield new Message.Prepare(other, self, sign(other, SignedType.PREPARE));
            }
            case Message.Commit m
            when lies.contains(Lie.EQUIVOCATION) -> {
                Ballot other = other(m.ballot());
                yield new Message.Commit(other, self, sign(other, SignedType.COMMIT));
            }
            case Message.ViewChange m when lies.contains(Lie.FORGED_VIEWS) -> forgetful(m);
            case Message.NewView m when lies.contains(Lie.FORGED_VIEWS) -> erasing(m);
            case Message.Status m
            when lies.contains(Lie.BOASTING) ->
                new Message.Status(m.epoch(), m.view(), m.executed() + 1000, m.stable());
            case Message.Checkpoint m when lies.contains(Lie.BOASTING) -> boasting(m);
            default -> message;
        };
    }

    private Message otherProposal(Message.PrePrepare proposal) {
        Batch batch = Batch.of(List.of(cluster.operation(0, nextId++, 20)));
        Ballot ballot = new Ballot(
                proposal.ballot().epoch(),
                proposal.ballot().view(),
                proposal.ballot().sequence(),
                batch.digest());
        return new Message.PrePrepare(ballot, batch, sign(ballot, SignedType.PRE_PREPARE));
    }

    private Ballot other(Ballot ballot) {
        Digest digest = Sha256.of(ballot.digest().toByteArray());
        long sequence = Math.max(1, ballot.sequence() + random.nextInt(3) - 1);
        return new Ballot(ballot.epoch(), ballot.view(), sequence, digest);
    }

    private Message forgetful(Message.ViewChange change) {
        Message.ViewChange unsigned =
                new Message.ViewChange(change.epoch(), change.view(), Optional.empty(), List.of(), self, UNSIGNED);
        Signature signature = cluster.signer(self).sign(unsigned.toSign(cluster.domain()));
        return new Message.ViewChange(change.epoch(), change.view(), Optional.empty(), List.of(), self, signature);
    }

    private Message erasing(Message.NewView newView) {
        TreeMap<Long, Signature> erased = new TreeMap<>();
        for (long sequence : newView.proposals().keySet()) {
            Ballot ballot = new Ballot(newView.epoch(), newView.view(), sequence, Batch.NULL.digest());
            erased.put(sequence, sign(ballot, SignedType.PRE_PREPARE));
        }
        Message.NewView unsigned =
                new Message.NewView(newView.epoch(), newView.view(), newView.viewChanges(), erased, self, UNSIGNED);
        Signature signature = cluster.signer(self).sign(unsigned.toSign(cluster.domain()));
        return new Message.NewView(newView.epoch(), newView.view(), newView.viewChanges(), erased, self, signature);
    }

    private Message boasting(Message.Checkpoint checkpoint) {
        CheckpointStatement said = checkpoint.statement();
        CheckpointStatement boasted = new CheckpointStatement(
                said.epoch(),
                said.sequence() + random.nextInt(100),
                Digest.ZERO,
                said.segmentCount(),
                said.historyRoot(),
                said.stateSequence(),
                said.stateRoot(),
                Optional.empty());
        return new Message.Checkpoint(boasted, self, cluster.signer(self).sign(boasted.toSign(cluster.domain())));
    }

    private Signature sign(Ballot ballot, SignedType type) {
        return cluster.signer(self).sign(ballot.toSign(cluster.domain(), type));
    }
}
