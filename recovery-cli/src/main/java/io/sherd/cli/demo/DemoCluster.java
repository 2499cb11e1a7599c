package io.sherd.cli.demo;

import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** What the steps of the demo share: the replicas, and questions about them. */
final class DemoCluster {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** Each replica is a Java machine that has to work beside the others. */
    private static final Duration PATIENCE_PER_REPLICA = Duration.ofSeconds(15);

    private static final Duration PAUSE = Duration.ofMillis(150);
    private static final int COMMITMENTS_AT_ONCE = 256;
    private static final int CERTIFICATES_AT_ONCE = 64;

    private final LocalCluster cluster;
    private final ChildCommand children;
    private final DemoInput input;
    private final AtomicLong lastWrite = new AtomicLong();

    DemoCluster(LocalCluster cluster, ChildCommand children, DemoInput input) {
        this.cluster = cluster;
        this.children = children;
        this.input = input;
    }

    LocalCluster cluster() {
        return cluster;
    }

    ChildCommand children() {
        return children;
    }

    DemoInput input() {
        return input;
    }

    Genesis genesis() {
        return cluster.genesis();
    }

    /** How long replicas may take for anything that is waited for: to be ready, to settle, to vote again. */
    Duration patience() {
        return PATIENCE.plus(PATIENCE_PER_REPLICA.multipliedBy(replicaCount()));
    }

    int replicaCount() {
        return genesis().quorums().replicaCount();
    }

    ClusterLayout layout() {
        return cluster.layout();
    }

    /** The status of a replica that must answer. */
    GetStatusResponse status(int replica) throws CommandFailure {
        return cluster.status(replica)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "demo.silent",
                        ClusterLayout.name(replica) + " does not answer",
                        "see " + layout().log(replica)));
    }

    /** Remembers what was written, so that {@link #awaitSettled} can tell when the ledger is silent. */
    void wrote(Committed committed) {
        lastWrite.accumulateAndGet(committed.sequence(), Math::max);
    }

    /**
     * Waits until the ledger is silent: the last write is under the state root of every replica's newest certificate, so no
     * seal follows; all replicas stand at that certificate's position and have dropped what they need not keep.
     *
     * @param replicas those that are waited for
     */
    void awaitSettled(Collection<Integer> replicas) throws CommandFailure, SourceException, InterruptedException {
        for (int replica : replicas) {
            awaitCovered(replica);
        }
        await(replicas, "all replicas settle", all -> {
            long executed = all.getFirst().getExecuted();
            return all.stream()
                    .allMatch(each -> each.getExecuted() == executed
                            && each.getStable() == executed
                            && each.getUndropped() == 0
                            && each.getSegments() == all.getFirst().getSegments());
        });
    }

    private void awaitCovered(int replica) throws CommandFailure, SourceException, InterruptedException {
        long deadline = System.nanoTime() + patience().toNanos();
        try (LedgerSource source = source(replica)) {
            BlockingSource asking = new BlockingSource(source);
            while (asking.head().statement().stateSequence() < lastWrite.get()) {
                if (System.nanoTime() > deadline) {
                    throw new CommandFailure(
                            ExitCode.UNREACHABLE,
                            "demo.not-covered",
                            "%s has no certified state with the write at seq %d after %d s"
                                    .formatted(
                                            ClusterLayout.name(replica),
                                            lastWrite.get(),
                                            patience().toSeconds()),
                            "see " + layout().log(replica));
                }
                Thread.sleep(PAUSE);
            }
        }
    }

    /** Waits until what replicas say of themselves fulfils a condition. */
    void await(Collection<Integer> replicas, String what, Predicate<List<GetStatusResponse>> condition)
            throws CommandFailure, InterruptedException {
        long deadline = System.nanoTime() + patience().toNanos();
        while (true) {
            List<GetStatusResponse> answers = new ArrayList<>();
            for (int replica : replicas) {
                Optional<GetStatusResponse> answer = cluster.status(replica);
                answer.ifPresent(answers::add);
            }
            if (answers.size() == replicas.size() && condition.test(answers)) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "demo.not-settled",
                        "waited %d s until %s".formatted(patience().toSeconds(), what),
                        answers.stream().map(DemoCluster::describe).toList(),
                        "see the logs in " + layout().root().resolve("log"));
            }
            Thread.sleep(PAUSE);
        }
    }

    /** All commitments that a replica has. */
    List<Commitment> commitments(int replica) throws SourceException, InterruptedException {
        try (LedgerSource source = source(replica)) {
            BlockingSource asking = new BlockingSource(source);
            List<Commitment> all = new ArrayList<>();
            while (true) {
                List<Commitment> next = asking.commitments(all.size(), COMMITMENTS_AT_ONCE);
                if (next.isEmpty()) {
                    return all;
                }
                all.addAll(next);
            }
        }
    }

    /** The stored certificates of a replica from a position on. */
    List<CheckpointCertificate> certificates(int replica, long fromSequence)
            throws SourceException, InterruptedException {
        try (LedgerSource source = source(replica)) {
            return new BlockingSource(source).certificates(fromSequence, CERTIFICATES_AT_ONCE);
        }
    }

    /** A replica's public read side; whoever asks closes it. */
    LedgerSource source(int replica) {
        return EdgeSources.of(genesis())
                .open(replica, genesis().members().member(replica))
                .orElseThrow(() -> new IllegalStateException("no source of replica " + replica));
    }

    private static String describe(GetStatusResponse status) {
        return "r%d %s executed %d stable %d segments %d undropped %d pending %d"
                .formatted(
                        status.getReplica(),
                        status.getMode(),
                        status.getExecuted(),
                        status.getStable(),
                        status.getSegments(),
                        status.getUndropped(),
                        status.getPending());
    }
}
