package io.sherd.consensus.sim;

import static io.sherd.consensus.sim.Violation.unless;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must hold after every event, checked by code that is not the core: agreement, order, no word against an earlier word
 * (across crashes and wipes), nothing said before it is durable, bounds. Only correct nodes are watched. What their certificates
 * prove is checked by {@link Evidence}.
 */
final class Checkers {

    private enum Kind {
        PRE_PREPARE,
        PREPARE,
        COMMIT
    }

    private record Vote(int replica, Kind kind, long epoch, long view, long sequence) {}

    /** Of which replica in which epoch a view is known. */
    private record View(int replica, long epoch) {}

    private final SimCluster cluster;
    private final Evidence evidence;
    private final Map<Long, LedgerEntry> ledger = new HashMap<>();
    private final Map<Long, Long> epochOf = new HashMap<>();
    private final Map<Vote, Digest> said = new HashMap<>();
    private final Map<Long, CheckpointStatement> statements = new HashMap<>();
    private final Map<Long, MemberTable> tables = new HashMap<>();
    private final Map<Integer, Inspection> before = new HashMap<>();
    private final Map<View, Long> asked = new HashMap<>();
    private final Set<Long> views = new HashSet<>();
    private long certified;
    private long certifiedSegments;

    Checkers(SimCluster cluster) {
        this.cluster = cluster;
        this.evidence = new Evidence(cluster);
        tables.put(0L, cluster.members());
    }

    /** The longest ledger that any correct node executed. */
    long head() {
        return ledger.size();
    }

    /** Segments under the highest certificate that a correct node holds. */
    long stableClosings() {
        return certifiedSegments;
    }

    /** Segments that were sealed. */
    long sealedSegments() {
        return statements.size();
    }

    /** Views above 0, of all epochs, that somebody entered. */
    int viewChanges() {
        return views.size();
    }

    /** Epochs that began. */
    int epochs() {
        return tables.size();
    }

    /** The member table of an epoch; of one that has not begun, the newest. */
    MemberTable table(long epoch) {
        MemberTable table = tables.get(Math.min(epoch, tables.size() - 1));
        if (table == null) {
            throw new IllegalStateException("no epoch " + epoch);
        }
        return table;
    }

    /** The entry that was executed at a position, if any was. */
    @Nullable
    LedgerEntry entry(long sequence) {
        return ledger.get(sequence);
    }

    /** The position of the highest certificate that a correct node holds. */
    long certified() {
        return certified;
    }

    /** A correct node performs an effect; its disk holds what was persisted before it. */
    void effect(SimNode node, Effect effect) {
        switch (effect) {
            case Effect.Send(int to, Message message) -> spoken(node, message);
            case Effect.Broadcast(Message message) -> spoken(node, message);
            case Effect.Execute(LedgerEntry entry, long epoch) -> executed(node, entry, epoch);
            case Effect.Stable(CheckpointCertificate certificate) -> stable(node, certificate);
            case Effect.EpochOpened opened -> {
                MemberTable next = opened.closed().next();
                MemberTable known = tables.putIfAbsent(next.epoch(), next);
                unless(
                        known == null || known.equals(next),
                        "%s opens epoch %d with another member table",
                        node.name(),
                        next.epoch());
            }
            case Effect.Persist(VoteRecord record) -> persisted(node, record);
            case Effect.SendClosing c -> {}
            case Effect.Ignored i -> {}
            case Effect.Superseded s -> {}
            case Effect.KeyReplaced k -> {}
            case Effect.Forgotten(String evidence) ->
                throw new Violation("%s takes its own disk for an older copy: %s".formatted(node.name(), evidence));
            case Effect.FallenBehind(CheckpointCertificate certificate) -> stable(node, certificate);
            case Effect.Note n -> {}
        }
    }

    /** A record is asked to be durable. */
    void persisted(SimNode node, VoteRecord record) {
        if (record instanceof VoteRecord.InView(long epoch, long view, boolean active) && active && view > 0) {
            views.add(epoch * 1_000_000 + view);
        }
        CheckpointCertificate stable = node.disk().votes().stable();
        evidence.persisted(
                node.name(), record, stable == null ? 0 : stable.statement().sequence(), tables);
    }

    /** A ledger was installed that was not executed entry by entry: it is the one of all, and n - f have certified its end. */
    void installed(SimNode node) {
        SimDisk disk = node.disk();
        CheckpointCertificate stable = disk.votes().stable();
        unless(stable != null, "%s installs what nobody certified", node.name());
        if (stable != null) {
            stable(node, stable);
        }
        for (DecidedEntry decided : disk.rebuilt(LedgerEntry.FIRST_SEQUENCE, disk.executed())) {
            LedgerEntry entry = decided.entry();
            unless(
                    entry.equals(ledger.get(entry.sequence())),
                    "%s installs another entry at %d than was executed",
                    node.name(),
                    entry.sequence());
        }
    }

    /** A segment was sealed from the executed ledger. */
    void sealed(SimNode node, CheckpointStatement statement) {
        CheckpointStatement known = statements.putIfAbsent(statement.sequence(), statement);
        unless(known == null || known.equals(statement), "%s seals another %s than %s", node.name(), statement, known);
    }

    /** After every event of a correct node. */
    void inspected(int node, Inspection now) {
        Inspection then = before.put(node, now);
        int window = cluster.limits().window();
        if (now.slots() > 2 * window
                || now.logBytes() > 2L * cluster.limits().windowBytes()
                || now.pending() > cluster.config(0).maxPendingRequests()) {
            throw new Violation("a bound of node %d is passed: %s".formatted(node, now));
        }
        if (now.stable() > certified && now.stable() > now.executed() + 10L * window) {
            throw new Violation("node %d cuts its log at %d".formatted(node, now.stable()));
        }
        if (then == null) {
            return;
        }
        boolean backwards = now.epoch() < then.epoch()
                || (now.epoch() == then.epoch() && now.view() < then.view())
                || now.executed() < then.executed()
                || now.stable() < then.stable();
        if (backwards) {
            throw new Violation("node %d goes back from %s to %s".formatted(node, then, now));
        }
    }

    /** A node starts anew; what it knew it may have lost as far as its disk was lost. */
    void restarted(int node) {
        before.remove(node);
    }

    /**
     * All that take part hold one ledger, and n - f are active. One that asked for a view alone is not: it follows, and takes
     * part again when f others ask too.
     */
    void converged(List<SimNode> nodes, int liars) {
        long active = nodes.stream()
                .filter(r -> r.inspect().mode() instanceof Mode.Active)
                .count();
        unless(cluster.quorums().isQuorum((int) active + liars), "only %d replicas are active in the end", active);
        for (SimNode node : nodes) {
            Inspection now = node.inspect();
            unless(!(now.mode() instanceof Mode.Rejoining), "%s is %s in the end", node.name(), now.mode());
            unless(
                    node.disk().executed() == head(),
                    "%s executed %d of %d",
                    node.name(),
                    node.disk().executed(),
                    head());
            unless(
                    node.disk().ledgerHash().equals(nodes.getFirst().disk().ledgerHash()),
                    "%s has another ledger hash",
                    node.name());
            unless(now.pending() == 0, "%s still has %d pending requests", node.name(), now.pending());
        }
    }

    /** I14: what is said is durable. */
    private void spoken(SimNode node, Message message) {
        SimVotes votes = node.disk().votes();
        boolean durable = switch (message) {
            case Message.PrePrepare m -> {
                says(node, Kind.PRE_PREPARE, m.ballot());
                yield votes.holdsProposal(m.ballot());
            }
            case Message.Prepare m -> {
                says(node, Kind.PREPARE, m.ballot());
                yield votes.holds(m) && votes.holdsProposal(m.ballot());
            }
            case Message.Commit m -> {
                says(node, Kind.COMMIT, m.ballot());
                yield votes.holds(m);
            }
            case Message.Checkpoint m -> {
                signs(node, m.statement().epoch());
                unless(
                        m.statement().equals(statements.get(m.statement().sequence())),
                        "%s signs a statement that nobody sealed",
                        node.name());
                yield true;
            }
            case Message.ViewChange m -> {
                signs(node, m.epoch());
                asked.merge(new View(node.replica(), m.epoch()), m.view(), Math::max);
                evidence.tellsAll(node.name(), m, votes);
                yield votes.holds(m);
            }
            case Message.NewView m -> {
                signs(node, m.epoch());
                yield votes.holds(m);
            }
            case Message.Forward m ->
                !(m.request() instanceof Request.Rejoin rejoin)
                        || rejoin.replica() != node.replica()
                        || votes.holds(rejoin);
            case Message.Status m -> true;
            case Message.FetchEntries m -> true;
            case Message.Entries m -> true;
            case Message.FetchBatches m -> true;
            case Message.Batches m -> true;
            case Message.Certificate m -> true;
            case Message.EpochClosed m -> true;
            case Message.Receipt m -> true;
            case Message.FetchSigned m -> true;
            case Message.Signed m -> true;
        };
        unless(durable, "%s says what is not durable: %s", node.name(), message);
    }

    /** I8, I10: of one replica, epoch, view and position there is one digest for each kind of vote, and no vote in a view that it left. */
    private void says(SimNode node, Kind kind, Ballot ballot) {
        signs(node, ballot.epoch());
        Long left = asked.get(new View(node.replica(), ballot.epoch()));
        if (left != null && ballot.view() < left) {
            throw new Violation("%s says %s %s after it asked for view %d".formatted(node.name(), kind, ballot, left));
        }
        Digest earlier = said.putIfAbsent(
                new Vote(node.replica(), kind, ballot.epoch(), ballot.view(), ballot.sequence()), ballot.digest());
        if (earlier != null && !earlier.equals(ballot.digest())) {
            throw new Violation("%s says %s %s and %s".formatted(node.name(), kind, ballot, earlier));
        }
    }

    private void signs(SimNode node, long epoch) {
        MemberTable table = tables.get(epoch);
        Inspection now = before.get(node.number());
        unless(table != null, "%s signs in epoch %d before it opened", node.name(), epoch);
        unless(
                table == null
                        || table.member(node.replica())
                                .key()
                                .equals(node.signer().key()),
                "%s signs in epoch %d with a key that it does not have there",
                node.name(),
                epoch);
        unless(
                now == null || !(now.mode() instanceof Mode.Rejoining) || now.epoch() != epoch,
                "%s signs in epoch %d while it rejoins",
                node.name(),
                epoch);
    }

    /** I1, I4, I6: one ledger, in order; nothing executed anywhere is ever replaced. */
    private void executed(SimNode node, LedgerEntry entry, long epoch) {
        LedgerEntry known = ledger.putIfAbsent(entry.sequence(), entry);
        unless(
                known == null || known.equals(entry),
                "%s executes another batch at %d: %s, not %s",
                node.name(),
                entry.sequence(),
                entry.batch(),
                known);
        if (known == null) {
            evidence.valid(node.name(), entry, tables.get(epoch));
        }
        Long inEpoch = epochOf.putIfAbsent(entry.sequence(), epoch);
        unless(inEpoch == null || inEpoch == epoch, "%s executes %d in epoch %d", node.name(), entry.sequence(), epoch);
        unless(
                entry.sequence() == 1 || ledger.containsKey(entry.sequence() - 1),
                "%s executes %d before what precedes it",
                node.name(),
                entry.sequence());
    }

    private void stable(SimNode node, CheckpointCertificate certificate) {
        CheckpointStatement statement = certificate.statement();
        evidence.certified(node.name(), certificate, tables);
        CheckpointStatement known = statements.putIfAbsent(statement.sequence(), statement);
        unless(known == null || known.equals(statement), "%s: %s is stable, not %s", node.name(), statement, known);
        certifiedSegments = Math.max(certifiedSegments, statement.segmentCount());
        certified = Math.max(certified, statement.sequence());
    }
}
