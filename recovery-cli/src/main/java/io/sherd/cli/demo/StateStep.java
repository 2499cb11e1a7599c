package io.sherd.cli.demo;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.state.StateChunk;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.Phases;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.wire.Bytes;
import java.util.List;

/**
 * Checks that all replicas have one state: all signed one statement, which binds a state root, and each serves the top of a
 * state that hashes to that root.
 */
record StateStep(DemoCluster demo) implements Demo.Step {
    @Override
    public String name() {
        return "state";
    }

    @Override
    public String title() {
        return "the state of all replicas is equal";
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        phases.enter("waiting until all replicas settle");
        demo.awaitSettled(demo.cluster().replicas());
        CheckpointStatement statement;
        try (LedgerSource source = demo.source(0)) {
            CheckpointCertificate head = new BlockingSource(source).head();
            statement = head.statement();
        }
        int equal = 0;
        for (int replica : demo.cluster().replicas()) {
            try (LedgerSource source = demo.source(replica)) {
                StateChunk top =
                        new BlockingSource(source).state(statement.stateSequence(), statement.stateRoot(), Bytes.EMPTY);
                equal += top.digest(Bytes.EMPTY).equals(statement.stateRoot()) ? 1 : 0;
            }
        }
        List<Integer> signers = demo.certificates(0, statement.sequence()).stream()
                .filter(certificate -> certificate.statement().equals(statement))
                .flatMap(certificate -> certificate.signatures().keySet().stream())
                .distinct()
                .toList();
        return Verdict.of(
                equal == demo.replicaCount(),
                "%d of %d serve the state of seq %d, root %s, which %d signed at seq %d in epoch %d",
                equal,
                demo.replicaCount(),
                statement.stateSequence(),
                statement.stateRoot().shortHex(),
                signers.size(),
                statement.sequence(),
                statement.epoch());
    }
}
