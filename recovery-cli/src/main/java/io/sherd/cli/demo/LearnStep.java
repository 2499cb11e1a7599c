package io.sherd.cli.demo;

import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.Phases;
import io.sherd.cli.output.Units;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Lets a fresh learner, a process that is given the genesis and nothing else, write the input again. */
record LearnStep(DemoCluster demo, DemoResults results) implements Demo.Step {
    private static final double RECEIVED_FACTOR = 1.02;
    private static final double SPREAD = 1.1;
    /** Certificates, which are asked for again and again while learning: they do not grow with the ledger. */
    private static final long HEADS_BYTES_PER_REPLICA = 16 * 1024;

    @Override
    public String name() {
        return "learn";
    }

    @Override
    public String title() {
        return "a fresh learner rebuilds every transaction";
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        phases.enter("`sherd learn` rebuilds the ledger from pieces");
        Path learned = demo.layout().root().resolve("learned");
        ChildCommand.Result result = demo.children()
                .run(List.of(
                        "learn", "--genesis", demo.layout().genesisFile().toString(), "--sink", "lines:" + learned));
        if (result.exitCode() != 0) {
            return Verdict.of(false, "the learner ended with code %d: %s", result.exitCode(), result.message());
        }
        JsonNode document = result.document();
        long received = document.path("bytesReceived").asLong();
        List<Long> served = new ArrayList<>();
        for (int replica : demo.cluster().replicas()) {
            served.add(document.path("bytesBySource")
                    .path(ClusterLayout.name(replica))
                    .asLong(0));
        }
        phases.enter("comparing it with the input");
        boolean identical = Files.mismatch(demo.input().file(), learned) < 0;
        results.learned(new DemoDocument.Learner(received, served, identical));

        LedgerSize ledger = results.ledger();
        long allowed = (long) (RECEIVED_FACTOR * ledger.compressedBytes())
                + ledger.proofBytes()
                + HEADS_BYTES_PER_REPLICA * demo.replicaCount();
        boolean sameLedger = document.path("compressedBytes").asLong() == ledger.compressedBytes();
        double spread = (double) Collections.max(served) / Math.max(1, Collections.min(served));
        boolean evenly = !ledger.isLarge() || spread <= SPREAD;
        return Verdict.of(
                identical && sameLedger && received <= allowed && evenly,
                "%s; received %s, allowed %s; served max/min %.2f%s",
                identical ? "identical, byte for byte" : "DIFFERENT from the input",
                Units.bytes((double) received),
                Units.bytes((double) allowed),
                spread,
                sameLedger ? "" : "; its ledger has another size than r0's");
    }
}
