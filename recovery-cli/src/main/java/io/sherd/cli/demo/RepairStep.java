package io.sherd.cli.demo;

import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Phases;
import io.sherd.consensus.rpc.GetStatusResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Flips one bit of a stored piece of a stopped replica, and lets {@code sherd verify} find it and {@code sherd repair} mend it. */
record RepairStep(DemoCluster demo, DemoResults results) implements Demo.Step {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "repair";
    }

    @Override
    public String title() {
        return "one bit of a stored piece flipped, found, repaired";
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        phases.enter("waiting until all replicas settle");
        demo.awaitSettled(demo.cluster().replicas());
        int replica = backup();
        phases.enter("stopping r%d and flipping a bit".formatted(replica));
        demo.cluster().flush(replica);
        if (!demo.cluster().stop(replica, STOP_PATIENCE)) {
            return Verdict.of(false, "r%d did not stop when it was asked to", replica);
        }
        long segment = Math.max(1, results.ledger().segments()) / 2;
        String place = BitFlip.flip(demo.layout().data(replica), replica, segment);

        phases.enter("`sherd verify` looks for it");
        ChildCommand.Result found = verify(replica);
        long findings = namedFindings(found, segment);
        phases.enter("`sherd repair` makes the piece anew");
        ChildCommand.Result repaired = demo.children().run(archive("repair", replica));
        phases.enter("`sherd verify` looks again");
        ChildCommand.Result clean = verify(replica);
        long mended =
                repaired.exitCode() == 0 ? repaired.document().path("repaired").asLong() : 0;
        results.repaired(new DemoDocument.Repair(findings, mended));

        phases.enter("starting r%d again".formatted(replica));
        demo.cluster().start(replica, OwnedCluster.replicaOptions());
        demo.cluster().awaitReady(List.of(replica), demo.patience());
        boolean ok = found.exitCode() == ExitCode.REPAIRABLE.code()
                && findings == 1
                && mended == 1
                && clean.exitCode() == ExitCode.DONE.code();
        return Verdict.of(
                ok,
                "r%d segment %d (%s): verify exit %d, repair exit %d%s, verify exit %d",
                replica,
                segment,
                place,
                found.exitCode(),
                repaired.exitCode(),
                repaired.exitCode() == 0 ? "" : " " + repaired.message(),
                clean.exitCode());
    }

    private ChildCommand.Result verify(int replica) throws Exception {
        return demo.children().run(archive("verify", replica));
    }

    private List<String> archive(String command, int replica) {
        Path data = demo.layout().data(replica);
        return List.of(
                command,
                "--data-dir",
                data.toString(),
                "--genesis",
                demo.layout().genesisFile().toString());
    }

    /** How many findings there are, if all of them name the segment; else 0. */
    private static long namedFindings(ChildCommand.Result verified, long segment) {
        if (verified.exitCode() != ExitCode.REPAIRABLE.code()) {
            return 0;
        }
        long count = 0;
        for (JsonNode finding : verified.document().path("findings")) {
            if (finding.path("segment").asLong() != segment
                    || !finding.path("kind").asString().equals("CORRUPT_PIECE")) {
                return 0;
            }
            count++;
        }
        return count;
    }

    /** A replica that is neither the primary nor the one that was restored. */
    private int backup() throws Exception {
        GetStatusResponse status = demo.status(0);
        int restored = demo.replicaCount() - 1;
        return demo.cluster().replicas().stream()
                .filter(replica -> replica != status.getPrimary() && replica != restored)
                .max(Integer::compare)
                .orElseThrow(() -> new IllegalStateException("no backup but the restored one"));
    }
}
