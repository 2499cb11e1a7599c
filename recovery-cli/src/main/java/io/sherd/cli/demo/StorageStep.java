package io.sherd.cli.demo;

import io.sherd.archive.store.DataDirectory;
import io.sherd.cli.cluster.DiskUsage;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.Phases;
import io.sherd.cli.output.Units;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Measures what each replica stores of the history, against a full copy and against the bound. */
record StorageStep(DemoCluster demo, DemoResults results) implements Demo.Step {
    private static final double FACTOR = 1.05;
    /** What an almost empty database takes, which counts only beside a small ledger: logs, manifests, options. */
    private static final long SMALL_ALLOWANCE_BYTES = 4L << 20;

    @Override
    public String name() {
        return "storage";
    }

    @Override
    public String title() {
        return "history per replica against a full copy";
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        phases.enter("waiting until every segment is sealed and its full bytes are dropped");
        demo.awaitSettled(demo.cluster().replicas());
        for (int replica : demo.cluster().replicas()) {
            phases.enter("asking r%d to write its archive to its place on disk".formatted(replica));
            demo.cluster().flush(replica);
        }
        phases.enter("measuring the files");
        LedgerSize ledger = LedgerSize.of(
                demo.commitments(0), demo.replicaCount(), demo.genesis().piecesNeeded());
        List<Long> archives = new ArrayList<>();
        List<Long> states = new ArrayList<>();
        List<Long> votes = new ArrayList<>();
        for (int replica : demo.cluster().replicas()) {
            DataDirectory.Layout data = new DataDirectory.Layout(demo.layout().data(replica));
            archives.add(DiskUsage.allocatedBytes(data.archive()));
            states.add(DiskUsage.allocatedBytes(data.state()));
            votes.add(DiskUsage.allocatedBytes(data.votes()));
        }
        results.stored(ledger, archives, states, votes);
        long most = Collections.max(archives);
        long allowed = (long) (FACTOR * ledger.boundBytes()) + (ledger.isLarge() ? 0 : SMALL_ALLOWANCE_BYTES);
        return Verdict.of(
                most <= allowed,
                "%s each; full copy %s, compressed %s in %d segments: %s; bound %s; state %s, votes %s",
                Units.bytes((double) most),
                Units.bytes((double) ledger.plainBytes()),
                Units.bytes((double) ledger.compressedBytes()),
                ledger.segments(),
                ledger.plainBytes() > most
                        ? Units.decimal((double) ledger.plainBytes() / most, 2) + "x less"
                        : "too small to compare",
                ledger.isLarge()
                        ? "%s, and 5 %% more".formatted(Units.bytes((double) ledger.boundBytes()))
                        : "%s, and 4 MiB for the files of an almost empty database"
                                .formatted(Units.bytes((double) ledger.boundBytes())),
                Units.bytes((double) Collections.max(states)),
                Units.bytes((double) Collections.max(votes)));
    }
}
