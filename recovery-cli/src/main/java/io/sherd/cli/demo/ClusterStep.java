package io.sherd.cli.demo;

import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.Phases;

/** Starts all replicas and waits until they take part. */
record ClusterStep(DemoCluster demo) implements Demo.Step {
    @Override
    public String name() {
        return "cluster";
    }

    @Override
    public String title() {
        return "%d replicas on loopback, mutual TLS, f=%d, k=%d"
                .formatted(
                        demo.replicaCount(),
                        demo.genesis().quorums().faultLimit(),
                        demo.genesis().piecesNeeded());
    }

    @Override
    public boolean isPreparation() {
        return true;
    }

    @Override
    public boolean isNeededByAll() {
        return true;
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        for (int replica : demo.cluster().replicas()) {
            demo.cluster().start(replica, OwnedCluster.replicaOptions());
        }
        phases.enter("waiting until all replicas are ready");
        demo.cluster().awaitReady(demo.cluster().replicas(), demo.patience());
        return Verdict.of(true, "up");
    }
}
