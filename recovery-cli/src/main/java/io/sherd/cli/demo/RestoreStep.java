package io.sherd.cli.demo;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.restore.CertificateChain;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Phases;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Ends a backup as a power failure would, wipes its disk, restores it from the others, starts it, and keeps writing until a
 * certificate that another replica stores carries its signature in the new epoch.
 */
record RestoreStep(DemoCluster demo, DemoResults results) implements Demo.Step {
    private static final Duration BETWEEN_WRITES = Duration.ofMillis(250);
    private static final int WRITES_AT_ONCE = 8;

    @Override
    public String name() {
        return "restore";
    }

    @Override
    public String title() {
        return "r%d killed (SIGKILL), wiped, restored, voting again".formatted(victim());
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        int victim = victim();
        GetStatusResponse before = demo.status(victim);
        if (before.getPrimary() == victim) {
            return Verdict.of(false, "r%d is the primary, and only a backup is to be killed", victim);
        }
        Path data = demo.layout().data(victim);
        phases.enter("killing r%d and deleting its data".formatted(victim));
        demo.cluster().kill(victim);
        PieceDigests lost = PieceDigests.of(data, victim);
        Founding.delete(data);

        phases.enter("`sherd restore` rebuilds it from the others");
        long start = System.nanoTime();
        ChildCommand.Result result = demo.children()
                .run(List.of(
                        "restore",
                        "--replica",
                        ClusterLayout.name(victim),
                        "--data-dir",
                        data.toString(),
                        "--genesis",
                        demo.layout().genesisFile().toString(),
                        "--source",
                        "peers"));
        double seconds = Math.round((System.nanoTime() - start) / 1e7) / 100.0;
        if (result.exitCode() != 0) {
            return Verdict.of(false, "sherd restore ended with code %d: %s", result.exitCode(), result.message());
        }
        phases.enter("comparing its pieces with those it had");
        PieceDigests restored = PieceDigests.of(data, victim);
        boolean identical = lost.isPrefixOf(restored) && isCertifiedState(result);
        results.restored(new DemoDocument.Restore(seconds, identical, 0));

        demo.cluster().start(victim, OwnedCluster.replicaOptions());
        phases.enter("writing until r%d votes again".formatted(victim));
        long votedAt = writeUntilItVotes(victim, before.getEpoch());
        results.restored(new DemoDocument.Restore(seconds, identical, votedAt));
        return Verdict.of(
                identical,
                "%d/%d pieces %s, restored in %.1f s, votes from seq %d on",
                restored.segments(),
                lost.segments(),
                identical ? "byte-equal, state root certified" : "DIFFERENT from those it had",
                seconds,
                votedAt);
    }

    /** The last replica is not the primary of the first epochs. */
    private int victim() {
        return demo.replicaCount() - 1;
    }

    /** Whether the restored state has the root that some certificate of the other replicas binds. */
    private boolean isCertifiedState(ChildCommand.Result result) throws SourceException, InterruptedException {
        long sequence = result.document().path("stateSequence").asLong();
        String root = result.document().path("stateRoot").asString();
        return demo.certificates(0, 0).stream()
                .anyMatch(certificate -> certificate.statement().stateSequence() == sequence
                        && certificate.statement().stateRoot().hex().equals(root));
    }

    private long writeUntilItVotes(int victim, long epochBefore) throws Exception {
        long deadline = System.nanoTime() + demo.patience().toNanos();
        try (SherdClient client =
                SherdClient.connect(demo.genesis(), KeyFile.read(demo.layout().clientKey()), ClientOptions.DEFAULT)) {
            long written = 0;
            while (System.nanoTime() < deadline) {
                for (int i = 0; i < WRITES_AT_ONCE; i++) {
                    var _ = client.submit(probe(written++).encoded()).thenAccept(demo::wrote);
                }
                OptionalLong votedAt = votedAt(victim, epochBefore);
                if (votedAt.isPresent()) {
                    client.drain();
                    return votedAt.getAsLong();
                }
                Thread.sleep(BETWEEN_WRITES);
            }
        }
        Optional<GetStatusResponse> status = demo.cluster().status(victim);
        throw new CommandFailure(
                ExitCode.UNREACHABLE,
                "demo.no-vote",
                "no certificate of a later epoch carries the signature of r%d after %d s; it says: %s"
                        .formatted(
                                victim,
                                demo.patience().toSeconds(),
                                status.map(answer -> answer.getMode() + " at " + answer.getExecuted())
                                        .orElse("nothing")),
                "see " + demo.layout().log(victim));
    }

    private static KeyValueOperation probe(long number) {
        byte[] key = "probe".getBytes(StandardCharsets.US_ASCII);
        byte[] value = Long.toString(number).getBytes(StandardCharsets.US_ASCII);
        return new KeyValueOperation.Put(Bytes.wrap(key), Bytes.wrap(value));
    }

    /** The first position of a later epoch whose certificate, stored by another replica, verifies with the victim's signature. */
    private OptionalLong votedAt(int victim, long epochBefore) throws Exception {
        int peer = victim == 0 ? 1 : 0;
        try (LedgerSource source = demo.source(peer)) {
            BlockingSource asking = new BlockingSource(source);
            CertificateChain chain = new CertificateChain(demo.genesis(), new Ed25519Verifier());
            boolean _ = chain.extend(asking.epochs(0));
            if (chain.members().epoch() <= epochBefore) {
                return OptionalLong.empty();
            }
            for (CheckpointCertificate certificate : asking.certificates(0, Short.MAX_VALUE)) {
                if (certificate.statement().epoch() == chain.members().epoch()
                        && certificate.signatures().containsKey(victim)) {
                    verify(certificate, chain);
                    return OptionalLong.of(certificate.statement().sequence());
                }
            }
            return OptionalLong.empty();
        }
    }

    private void verify(CheckpointCertificate certificate, CertificateChain chain) throws InvalidCertificateException {
        certificate.verify(
                demo.genesis().signingDomain(), demo.genesis().quorums(), chain.members(), new Ed25519Verifier());
    }
}
