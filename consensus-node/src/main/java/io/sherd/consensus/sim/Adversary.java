package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Message;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * One of the f: a correct core whose effects are rewritten before anybody sees them, and that listens for what it may say
 * besides. It signs what it likes with its own key, and with no other. Words that are lies by themselves it has from a
 * {@link Forger}.
 */
final class Adversary implements UnaryOperator<List<Effect>> {

    private static final int REMEMBERED = 500;
    private static final int LATE_ENTRIES = 3;

    private final SimCluster cluster;
    private final Simulation simulation;
    private final SimNode node;
    private final int self;
    private final SplittableRandom random;
    private final Set<Lie> lies;
    private final Forger forger;
    private final List<Message> history = new ArrayList<>();
    private final List<Batch> executed = new ArrayList<>();
    private final Map<Ballot, Message.PrePrepare> others = new LinkedHashMap<>();
    private final Map<Ballot, Message.PrePrepare> agreed = new LinkedHashMap<>();
    private final Set<Ballot> voted = new HashSet<>();
    private final List<Message.ViewChange> asking = new ArrayList<>();
    private final ArrayDeque<Request> heard = new ArrayDeque<>();
    private final long favoured;

    Adversary(SimCluster cluster, Simulation simulation, SimNode node, long seed, Set<Lie> lies) {
        this.cluster = cluster;
        this.simulation = simulation;
        this.node = node;
        this.self = node.replica();
        this.random = new SplittableRandom(seed);
        this.lies = EnumSet.copyOf(lies);
        this.forger = new Forger(cluster, self, random);
        this.favoured = random.nextLong();
    }

    /** What it does. */
    Set<Lie> lies() {
        return lies;
    }

    @Override
    public List<Effect> apply(List<Effect> effects) {
        List<Effect> rewritten = new ArrayList<>();
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Broadcast(Message message) -> speak(message, rewritten);
                case Effect.Send(int to, Message message) -> answer(to, message, rewritten);
                case Effect.Execute e -> {
                    executed.add(e.entry().batch());
                    rewritten.add(effect);
                }
                default -> rewritten.add(effect);
            }
        }
        return rewritten;
    }

    /** Hears what a peer says, and may say something about it. */
    void hears(int sender, Message message) {
        if (lies.contains(Lie.SILENCE)) {
            return;
        }
        switch (message) {
            case Message.PrePrepare m -> voteFor(m.ballot());
            case Message.Prepare m -> voteFor(m.ballot());
            case Message.Commit m -> voteFor(m.ballot());
            case Message.ViewChange m -> openEarly(m);
            case Message.FetchBatches m -> showOwn(sender, m);
            case Message.Forward m -> {
                heard.add(m.request());
                if (heard.size() > LATE_ENTRIES) {
                    heard.removeFirst();
                }
            }
            default -> {}
        }
    }

    /** A view that it is the primary of is opened before enough have asked for it. */
    private void openEarly(Message.ViewChange change) {
        if (!lies.contains(Lie.FORGED_NEW_VIEWS)
                || cluster.quorums().primaryOf(change.epoch(), change.view()) != self) {
            return;
        }
        asking.removeIf(other -> other.epoch() != change.epoch()
                || other.view() != change.view()
                || other.replica() == change.replica());
        asking.add(change);
        if (!cluster.quorums().isQuorum(asking.size()) && random.nextBoolean()) {
            sayToAll(forger.openedBy(asking));
        }
    }

    /** Nobody else has the batches that it has certificates of its own for. */
    private void showOwn(int asker, Message.FetchBatches fetch) {
        for (Digest digest : fetch.digests()) {
            Batch own = forger.made(digest);
            if (own != null) {
                simulation.send(node, asker, new Message.Batches(List.of(own)));
            }
        }
    }

    private void voteFor(Ballot ballot) {
        if (!lies.contains(Lie.VOTES_FOR_ALL)) {
            return;
        }
        if (voted.size() > REMEMBERED) {
            voted.clear();
        }
        if (!voted.add(ballot)) {
            return;
        }
        for (int to = 0; to < cluster.size(); to++) {
            if (to != self) {
                simulation.send(node, to, forger.prepare(ballot));
                simulation.send(node, to, forger.commit(ballot));
            }
        }
    }

    private void answer(int to, Message message, List<Effect> out) {
        if (lies.contains(Lie.SILENCE)) {
            return;
        }
        if (message instanceof Message.PrePrepare again) {
            // What its core sends again to one who was silent is no more honest than the first time.
            if (!passesOver(again) && !lies.contains(Lie.SLOWNESS)) {
                versions(again, to).forEach(version -> out.add(new Effect.Send(to, version)));
            }
            return;
        }
        out.add(new Effect.Send(to, answers(message)));
    }

    /** What it says when it is asked. */
    Message answers(Message honest) {
        boolean lying = lies.contains(Lie.FALSE_EVIDENCE) && random.nextInt(2) == 0;
        return lying ? forger.falseEvidence(honest) : honest;
    }

    private void speak(Message message, List<Effect> out) {
        if (lies.contains(Lie.SILENCE)) {
            return;
        }
        if (message instanceof Message.PrePrepare m && passesOver(m)) {
            return;
        }
        if (message instanceof Message.PrePrepare && lies.contains(Lie.SLOWNESS)) {
            long late = cluster.config(self).requestTimeoutTicks() * 3L / 4;
            simulation.plan(late * Simulation.TICK, () -> sayToAll(message));
            return;
        }
        if (message instanceof Message.PrePrepare m
                && lies.contains(Lie.LATE_EPOCH_ENTRIES)
                && m.batch().kind() == Batch.Kind.EPOCH) {
            proposeLate(m);
            return;
        }
        if (message instanceof Message.ViewChange && lies.contains(Lie.KEPT_VIEW_CHANGES) && random.nextInt(2) == 0) {
            simulation.plan(500 + random.nextInt(20_000), () -> sayToAll(message));
            if (random.nextInt(2) == 0) {
                return;
            }
        }
        for (int to = 0; to < cluster.size(); to++) {
            if (to == self || (lies.contains(Lie.WITHHOLDING) && random.nextInt(3) == 0)) {
                continue;
            }
            for (Message version : versions(message, to)) {
                out.add(new Effect.Send(to, version));
            }
            if (lies.contains(Lie.REPLAY) && !history.isEmpty() && random.nextInt(4) == 0) {
                out.add(new Effect.Send(to, history.get(random.nextInt(history.size()))));
            }
        }
        remember(message);
    }

    private void sayToAll(Message message) {
        for (int to = 0; to < cluster.size(); to++) {
            if (to != self && !node.isHonest()) {
                simulation.send(node, to, message);
            }
        }
    }

    /** Whether it proposes nothing here: a seal that it does not want, or requests of a client that it does not like. */
    private boolean passesOver(Message.PrePrepare proposal) {
        if (proposal.batch().kind() == Batch.Kind.SEAL && lies.contains(Lie.NO_SEALS)) {
            return true;
        }
        return lies.contains(Lie.CENSORSHIP)
                && proposal.batch().kind() == Batch.Kind.OPERATIONS
                && proposal.batch().requests().getFirst() instanceof Request.Operation operation
                && operation.id() % SimCluster.CLIENTS == 0;
    }

    /** The positions behind the epoch entry first, with its votes; the entry itself when those may be decided. */
    private void proposeLate(Message.PrePrepare entry) {
        Ballot ballot = entry.ballot();
        for (int ahead = 1; ahead <= LATE_ENTRIES; ahead++) {
            // What somebody waits for will be proposed again where this is void: the same digest at the same position.
            Request request = heard.pollLast();
            Batch batch = request instanceof Request.Operation ? Batch.of(List.of(request)) : forger.batchOfItsOwn();
            Message.PrePrepare later = forger.propose(ballot.view(), ballot.epoch(), ballot.sequence() + ahead, batch);
            sayToAll(later);
            sayToAll(forger.commit(later.ballot()));
        }
        simulation.plan(30 + random.nextInt(60), () -> sayToAll(entry));
    }

    /** What one peer is told instead of a message, or besides it. */
    private List<Message> versions(Message message, int to) {
        boolean changesSides = random.nextInt(12) == 0;
        boolean otherSide = ((favoured >>> to & 1) == 1) != changesSides;
        boolean lying = random.nextInt(2) == 0;
        return switch (message) {
            case Message.PrePrepare m -> proposals(m, otherSide, lying);
            case Message.Prepare m -> votes(m.ballot(), m, otherSide, lying);
            case Message.Commit m -> votes(m.ballot(), m, otherSide, lying);
            case Message.ViewChange m
            when lying && lies.contains(Lie.FORGETFUL_VIEW_CHANGES) -> List.of(forger.forgetful(m));
            case Message.ViewChange m when lying && lies.contains(Lie.OFF_BY_ONE) -> List.of(forger.nextView(m));
            case Message.NewView m when lying && lies.contains(Lie.FORGED_NEW_VIEWS) -> List.of(forger.forged(m));
            case Message.NewView m
            when otherSide && lies.contains(Lie.EQUIVOCATING_NEW_VIEWS) -> List.of(forger.otherNewView(m));
            case Message.Status m
            when lying && lies.contains(Lie.BOASTING) ->
                List.of(new Message.Status(m.epoch(), m.view(), m.executed() + 1000, m.stable()));
            case Message.Checkpoint m when lying && lies.contains(Lie.BOASTING) -> List.of(forger.boasting(m));
            case Message.Forward m
            when lying && lies.contains(Lie.FORGED_REQUESTS) ->
                List.of(m, new Message.Forward(forger.unsigned(m.request())));
            default -> List.of(message);
        };
    }

    private List<Message> proposals(Message.PrePrepare proposal, boolean otherSide, boolean lying) {
        Ballot ballot = proposal.ballot();
        if (otherSide && lies.contains(Lie.EQUIVOCATION)) {
            return List.of(others.computeIfAbsent(
                    ballot, b -> forger.propose(b.view(), b.epoch(), b.sequence(), forger.batchOfItsOwn())));
        }
        if (lies.contains(Lie.BAD_BATCHES) && tellsAllTheSame(ballot)) {
            Message.PrePrepare bad = agreed.computeIfAbsent(ballot, b -> forger.badBatch(proposal));
            return List.of(bad, forger.commit(bad.ballot()));
        }
        if (lying && lies.contains(Lie.BAD_BATCHES)) {
            return List.of(forger.badBatch(proposal));
        }
        if (lying && lies.contains(Lie.REPEATED_BATCHES) && !executed.isEmpty()) {
            Batch again = executed.get(random.nextInt(executed.size()));
            return List.of(forger.propose(ballot.view(), ballot.epoch(), ballot.sequence(), again));
        }
        if (lying && lies.contains(Lie.SEAL_FLOOD)) {
            Batch seal = Batch.of(List.of(Request.Seal.at(ballot.sequence())));
            return List.of(forger.propose(ballot.view(), ballot.epoch(), ballot.sequence(), seal));
        }
        if (lying && lies.contains(Lie.OFF_BY_ONE)) {
            Ballot moved = moved(ballot);
            return List.of(forger.propose(moved.view(), moved.epoch(), moved.sequence(), proposal.batch()));
        }
        if (lies.contains(Lie.STUFFED_VOTES)) {
            return List.of(proposal, forger.prepare(ballot));
        }
        return List.of(proposal);
    }

    private List<Message> votes(Ballot ballot, Message vote, boolean otherSide, boolean lying) {
        boolean commits = vote instanceof Message.Commit;
        if (otherSide && lies.contains(Lie.EQUIVOCATION)) {
            Message.PrePrepare other = others.get(ballot);
            Ballot instead = other != null
                    ? other.ballot()
                    : new Ballot(
                            ballot.epoch(),
                            ballot.view(),
                            ballot.sequence(),
                            Sha256.of(ballot.digest().toByteArray()));
            return List.of(commits ? forger.commit(instead) : forger.prepare(instead));
        }
        if (lying && lies.contains(Lie.OFF_BY_ONE)) {
            Ballot moved = moved(ballot);
            return List.of(commits ? forger.commit(moved) : forger.prepare(moved));
        }
        if (lying && lies.contains(Lie.STUFFED_VOTES)) {
            int another = (self + 1 + random.nextInt(cluster.size() - 1)) % cluster.size();
            return List.of(vote, vote, forger.inTheNameOf(another, vote));
        }
        return List.of(vote);
    }

    /** What nobody else contradicts is believed by whoever does not look. */
    private boolean tellsAllTheSame(Ballot ballot) {
        return Long.remainderUnsigned(Fingerprint.mix(favoured, ballot.sequence()), 4) == 0;
    }

    private Ballot moved(Ballot ballot) {
        int by = random.nextInt(2) * 2 - 1;
        return switch (random.nextInt(3)) {
            case 0 -> new Ballot(ballot.epoch(), Math.max(0, ballot.view() + by), ballot.sequence(), ballot.digest());
            case 1 -> new Ballot(ballot.epoch(), ballot.view(), Math.max(1, ballot.sequence() + by), ballot.digest());
            default -> new Ballot(Math.max(0, ballot.epoch() + by), ballot.view(), ballot.sequence(), ballot.digest());
        };
    }

    private void remember(Message message) {
        if (history.size() < REMEMBERED) {
            history.add(message);
        } else {
            history.set(random.nextInt(REMEMBERED), message);
        }
    }
}
