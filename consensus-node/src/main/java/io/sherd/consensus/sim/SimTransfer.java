package io.sherd.consensus.sim;

import io.sherd.archive.restore.CertificateChain;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser.Dispersed;
import io.sherd.replication.segment.Segment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a replica that was left behind does before it starts another core: it asks f + 1 others for their newest certificate, one for the
 * commitments that are missing, and all in turn for segments. Everything is checked against the certificate before it is stored; whoever
 * sends what does not fit is named, and not asked again. A crash leaves what was stored, and the old ledger; the last step installs all
 * of it at once.
 */
final class SimTransfer {

    private static final int SEGMENTS_AT_ONCE = 4;
    private static final int PATIENCE_TICKS = 20;

    private final SimNode self;
    private final SimCluster cluster;
    private final Simulation simulation;
    private final Runnable installed;
    private final CertificateChain chain;
    private final Set<Integer> answered = new HashSet<>();
    private final Set<Integer> liars = new HashSet<>();

    /** When each segment that is not there yet was last asked for. */
    private final Map<Long, Long> asked = new TreeMap<>();

    private @Nullable CheckpointCertificate target;
    private List<Commitment> commitments = List.of();
    private long askedForCommitments = -1;
    private int turn;
    private boolean ended;

    /**
     * A transfer into the disk of a node whose core does not run.
     *
     * @param installed runs when everything is on the disk
     */
    SimTransfer(SimNode self, SimCluster cluster, Simulation simulation, Runnable installed) {
        this.self = self;
        this.cluster = cluster;
        this.simulation = simulation;
        this.installed = installed;
        this.chain = new CertificateChain(cluster.genesis(), cluster.keys());
    }

    /** The node crashes: what was said and is not stored comes to nothing. */
    void end() {
        ended = true;
    }

    /** Time passes. */
    void tick() {
        if (ended) {
            return;
        }
        CheckpointCertificate certificate = target;
        if (certificate == null) {
            if (simulation.now() / Simulation.TICK % PATIENCE_TICKS == 0) {
                others().forEach(this::askForHead);
            }
        } else if (commitments.isEmpty()) {
            if (isDue(askedForCommitments)) {
                askedForCommitments = simulation.now();
                askForCommitments(next(), certificate.statement());
            }
        } else {
            askForSegments();
        }
    }

    private void askForHead(SimNode source) {
        ask(source, () -> {
            List<ClosedEpoch> closed = source.disk().closedFrom(0);
            CheckpointCertificate head = source.disk().head().orElse(null);
            return () -> hearsHead(source, closed, head);
        });
    }

    private void hearsHead(SimNode source, List<ClosedEpoch> closed, @Nullable CheckpointCertificate head) {
        try {
            boolean _ = chain.extend(closed);
            if (head != null) {
                CertificateChain.Offer _ = chain.offer(head);
            }
        } catch (InvalidCertificateException e) {
            isNamed(source, "a head");
            return;
        }
        answered.add(source.number());
        if (target == null && cluster.quorums().containsCorrect(answered.size())) {
            target = chain.newest().orElse(null);
            if (target == null || target.statement().segmentCount() <= have()) {
                install();
            }
        }
    }

    private void askForCommitments(SimNode source, CheckpointStatement wanted) {
        ask(source, () -> {
            List<Commitment> found = source.disk().segments().stream()
                    .map(Dispersed::commitment)
                    .limit(wanted.segmentCount())
                    .skip(have())
                    .toList();
            return () -> hearsCommitments(source, found, wanted);
        });
    }

    private void hearsCommitments(SimNode source, List<Commitment> found, CheckpointStatement wanted) {
        MerkleAccumulator history = new MerkleAccumulator();
        self.disk()
                .segments()
                .forEach(segment -> history.append(segment.commitment().leaf()));
        found.forEach(commitment -> history.append(commitment.leaf()));
        if (history.size() != wanted.segmentCount() || !history.root().equals(wanted.historyRoot())) {
            // One that is behind has fewer: only what has the right number can be a lie.
            if (history.size() == wanted.segmentCount()) {
                isNamed(source, "commitments");
            }
            return;
        }
        commitments = found;
    }

    private void askForSegments() {
        List<Commitment> missing = commitments.stream()
                .filter(commitment ->
                        !self.disk().incoming().containsKey(commitment.context().segmentNumber()))
                .toList();
        if (missing.isEmpty()) {
            install();
            return;
        }
        for (Commitment commitment : missing.subList(0, Math.min(missing.size(), SEGMENTS_AT_ONCE))) {
            long number = commitment.context().segmentNumber();
            if (isDue(asked.getOrDefault(number, -1L))) {
                asked.put(number, simulation.now());
                askForSegment(next(), commitment);
            }
        }
    }

    private void askForSegment(SimNode source, Commitment commitment) {
        ask(source, () -> {
            List<DecidedEntry> entries = new ArrayList<>(source.disk()
                    .rebuilt(
                            commitment.context().firstSequence(),
                            commitment.context().lastSequence()));
            if (!source.isHonest() && !entries.isEmpty()) {
                entries.removeLast();
            }
            return () -> hearsSegment(source, entries, commitment);
        });
    }

    private void hearsSegment(SimNode source, List<DecidedEntry> decided, Commitment commitment) {
        if (decided.isEmpty()) {
            return;
        }
        List<LedgerEntry> entries = decided.stream().map(DecidedEntry::entry).toList();
        Segment segment = new Segment(
                commitment.context().segmentNumber(), commitment.context().ledgerHashBefore(), entries);
        boolean isIt = segment.ledgerHashAfter().equals(commitment.context().ledgerHashAfter())
                && segment.lastSequence() == commitment.context().lastSequence()
                && simulation
                        .works()
                        .disperse(segment, commitment.context().epoch())
                        .commitment()
                        .equals(commitment);
        if (!isIt) {
            isNamed(source, "segment " + segment.number());
            asked.remove(segment.number());
            return;
        }
        simulation.plan(1 + simulation.choose(simulation.syncSpread() + 1), () -> {
            if (!ended) {
                self.disk().keep(segment.number(), decided);
            }
        });
    }

    private void install() {
        if (!ended) {
            ended = true;
            self.disk().install(chain.closedEpochs(), target);
            installed.run();
        }
    }

    private void isNamed(SimNode source, String what) {
        liars.add(source.number());
        simulation.line(self, "is sent %s by %s that is not what is certified".formatted(what, source.name()));
    }

    private boolean isDue(long since) {
        return since < 0 || simulation.now() - since >= (long) PATIENCE_TICKS * Simulation.TICK;
    }

    private long have() {
        return self.disk().segments().size();
    }

    private List<SimNode> others() {
        return simulation.nodes().stream()
                .filter(node -> node.replica() != self.replica() && !liars.contains(node.number()))
                .toList();
    }

    /** The others in turn. At most f lie, so somebody is left. */
    private SimNode next() {
        List<SimNode> sources = others();
        turn++;
        return sources.get(turn % sources.size());
    }

    /** A question, answered where it arrives, and its answer: each may be lost. */
    private void ask(SimNode source, Answering answering) {
        simulation.carry(self, source, () -> {
            if (source.isUp() || source.isFetching()) {
                Runnable answer = answering.answer();
                simulation.carry(source, self, () -> {
                    if (!ended) {
                        answer.run();
                    }
                });
            }
        });
    }

    /** Looks at a source's disk when the question arrives there; what it gives back runs when the answer arrives. */
    @FunctionalInterface
    private interface Answering {
        Runnable answer();
    }
}
