package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
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
import java.util.List;
import java.util.Map;

/**
 * What must hold after every event, checked by code that is not the core: agreement, order, no word against an earlier word
 * (across crashes and wipes), nothing said before it is durable, certificates of n - f, bounds.
 */
final class Checkers {

    /** An invariant of the cluster does not hold. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }

    private record Vote(int replica, String type, long epoch, long view, long sequence) {}

    private final SimCluster cluster;
    private final Map<Long, LedgerEntry> ledger = new HashMap<>();
    private final Map<Long, Long> epochOf = new HashMap<>();
    private final Map<Vote, Digest> said = new HashMap<>();
    private final Map<Long, CheckpointStatement> statements = new HashMap<>();
    private final Map<Long, MemberTable> tables = new HashMap<>();
    private final Map<Integer, Inspection> before = new HashMap<>();
    private long closingsStable;

    Checkers(SimCluster cluster) {
        this.cluster = cluster;
        tables.put(0L, cluster.members());
    }

    /** The longest ledger that any replica executed. */
    long head() {
        return ledger.size();
    }

    /** Distinct closings that became stable somewhere. */
    long stableClosings() {
        return closingsStable;
    }

    /** A correct replica asks for an effect; its disk holds what was persisted before it. */
    void effect(int replica, Effect effect, SimDisk disk) {
        switch (effect) {
            case Effect.Send(int to, Message message) -> spoken(replica, message, disk);
            case Effect.Broadcast(Message message) -> spoken(replica, message, disk);
            case Effect.Execute(LedgerEntry entry, long epoch) -> executed(replica, entry, epoch);
            case Effect.Stable(CheckpointCertificate certificate) -> stable(replica, certificate);
            case Effect.EpochOpened opened -> {
                MemberTable known = tables.putIfAbsent(
                        opened.closed().next().epoch(), opened.closed().next());
                check(
                        known == null || known.equals(opened.closed().next()),
                        "r%d opens epoch %d with another member table",
                        replica,
                        opened.closed().next().epoch());
            }
            case Effect.Persist p -> {}
            case Effect.SendClosing c -> {}
            case Effect.Ignored i -> {}
            case Effect.Note n -> {}
        }
    }

    /** A segment was sealed from the executed ledger. */
    void sealed(int replica, CheckpointStatement statement) {
        CheckpointStatement known = statements.putIfAbsent(statement.sequence(), statement);
        check(known == null || known.equals(statement), "r%d seals another %s than %s", replica, statement, known);
    }

    /** After every event of a correct replica. */
    void inspected(int replica, Inspection now) {
        int window = cluster.limits().window();
        check(now.slots() <= 2 * window, "r%d has %d slots", replica, now.slots());
        check(now.logBytes() <= 2L * cluster.limits().windowBytes(), "r%d logs %d bytes", replica, now.logBytes());
        check(
                now.pending() <= cluster.config(replica).maxPendingRequests(),
                "r%d has %d pending",
                replica,
                now.pending());
        Inspection then = before.put(replica, now);
        if (then == null) {
            return;
        }
        check(now.epoch() >= then.epoch(), "r%d goes back to epoch %d", replica, now.epoch());
        check(
                now.epoch() > then.epoch() || now.view() >= then.view(),
                "r%d goes back to view %d from %d",
                replica,
                now.view(),
                then.view());
        check(now.executed() >= then.executed(), "r%d goes back to %d", replica, now.executed());
        check(now.stable() >= then.stable(), "r%d's low water mark goes back to %d", replica, now.stable());
    }

    /** A replica starts anew; what it knew it may have lost as far as its disk was lost. */
    void restarted(int replica) {
        before.remove(replica);
    }

    /**
     * All that take part hold one ledger, and n - f are active. One that asked for a view alone is not: it follows, and takes
     * part again when f others ask too.
     */
    void converged(List<SimReplica> replicas, int liars) {
        long active = replicas.stream()
                .filter(r -> r.inspect().mode() instanceof Mode.Active)
                .count();
        check(cluster.quorums().isQuorum((int) active + liars), "only %d replicas are active in the end", active);
        for (SimReplica replica : replicas) {
            Inspection now = replica.inspect();
            check(!(now.mode() instanceof Mode.Rejoining), "r%d is %s in the end", replica.id(), now.mode());
            check(
                    replica.disk().executed() == head(),
                    "r%d executed %d of %d",
                    replica.id(),
                    replica.disk().executed(),
                    head());
            check(
                    replica.disk()
                            .ledgerHash()
                            .equals(replicas.getFirst().disk().ledgerHash()),
                    "r%d has another ledger hash",
                    replica.id());
            check(now.pending() == 0, "r%d still has %d pending requests", replica.id(), now.pending());
        }
    }

    private void spoken(int replica, Message message, SimDisk disk) {
        switch (message) {
            case Message.PrePrepare m -> {
                says(replica, "PRE-PREPARE", m.ballot());
                check(disk.holds(new VoteRecord.Proposal(m)), "r%d proposes before it is durable", replica);
            }
            case Message.Prepare m -> {
                says(replica, "PREPARE", m.ballot());
                check(disk.holdsProposal(m.ballot()), "r%d prepares without the batch on disk", replica);
                check(disk.holds(new VoteRecord.OwnPrepare(m)), "r%d prepares before it is durable", replica);
            }
            case Message.Commit m -> {
                says(replica, "COMMIT", m.ballot());
                check(disk.holdsCommit(m), "r%d commits before it is durable", replica);
            }
            case Message.Checkpoint m -> {
                signs(replica, m.statement().epoch());
                check(
                        m.statement().equals(statements.get(m.statement().sequence())),
                        "r%d signs a statement that nobody sealed",
                        replica);
            }
            case Message.ViewChange m -> {
                signs(replica, m.epoch());
                check(disk.holds(new VoteRecord.OwnViewChange(m)), "r%d asks before it is durable", replica);
            }
            case Message.NewView m -> {
                check(disk.holds(new VoteRecord.AcceptedNewView(m)), "r%d opens a view before it is durable", replica);
            }
            case Message.Forward m -> {
                if (m.request() instanceof Request.Rejoin rejoin && rejoin.replica() == replica) {
                    check(disk.holds(new VoteRecord.OwnRejoin(rejoin)), "r%d rejoins before it is durable", replica);
                }
            }
            case Message.Status m -> {}
            case Message.FetchEntries m -> {}
            case Message.Entries m -> {}
            case Message.FetchBatches m -> {}
            case Message.Batches m -> {}
            case Message.Certificate m -> {}
            case Message.EpochClosed m -> {}
            case Message.Receipt m -> {}
        }
    }

    /** I8: of one replica, epoch, view and position there is one digest for each kind of vote. */
    private void says(int replica, String type, Ballot ballot) {
        signs(replica, ballot.epoch());
        Digest earlier = said.putIfAbsent(
                new Vote(replica, type, ballot.epoch(), ballot.view(), ballot.sequence()), ballot.digest());
        check(
                earlier == null || earlier.equals(ballot.digest()),
                "r%d says %s %s and %s",
                replica,
                type,
                ballot,
                earlier);
    }

    private void signs(int replica, long epoch) {
        MemberTable table = tables.get(epoch);
        Inspection now = before.get(replica);
        check(table != null, "r%d signs in epoch %d before it opened", replica, epoch);
        check(
                now == null || !(now.mode() instanceof Mode.Rejoining) || now.epoch() != epoch,
                "r%d signs in epoch %d while it rejoins",
                replica,
                epoch);
    }

    private void executed(int replica, LedgerEntry entry, long epoch) {
        LedgerEntry known = ledger.putIfAbsent(entry.sequence(), entry);
        check(
                known == null || known.equals(entry),
                "r%d executes another batch at %d: %s, not %s",
                replica,
                entry.sequence(),
                entry.batch(),
                known);
        Long inEpoch = epochOf.putIfAbsent(entry.sequence(), epoch);
        check(inEpoch == null || inEpoch == epoch, "r%d executes %d in epoch %d", replica, entry.sequence(), epoch);
        check(
                entry.sequence() == 1 || ledger.containsKey(entry.sequence() - 1),
                "r%d executes %d before what precedes it",
                replica,
                entry.sequence());
    }

    private void stable(int replica, CheckpointCertificate certificate) {
        CheckpointStatement statement = certificate.statement();
        check(
                cluster.quorums().isQuorum(certificate.signatures().size()),
                "r%d holds %d signatures for stable",
                replica,
                certificate.signatures().size());
        byte[] message = statement.toSign(cluster.domain());
        certificate
                .signatures()
                .forEach((signer, signature) -> check(
                        cluster.keys().verify(cluster.signer(signer).key(), message, signature),
                        "r%d holds a bad signature of r%d",
                        replica,
                        signer));
        CheckpointStatement known = statements.putIfAbsent(statement.sequence(), statement);
        check(known == null || known.equals(statement), "r%d: %s is stable, not %s", replica, statement, known);
        closingsStable = Math.max(closingsStable, statement.segmentCount());
    }

    static void check(boolean condition, String message, Object... details) {
        if (!condition) {
            throw new Violation(message.formatted(details));
        }
    }
}
