package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusReportTest {
    @TempDir
    private static Path directory;

    private static Genesis genesis;

    @BeforeAll
    static void found() throws Exception {
        ClusterLayout layout = new ClusterLayout(directory.resolve("cluster"));
        var _ = new Founding("shown", new Quorums(4, 1), 3, Limits.DEFAULT, new LocalAddresses(20_200, 4), 1)
                .make(layout.root());
        genesis = layout.genesis();
    }

    @Test
    void allWellIsOk() {
        StatusReport report =
                StatusReport.of(genesis, replica -> Optional.of(answer(replica).build()));

        assertThat(report.text().getFirst()).endsWith("slack +1  OK");
        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void aRottenArchiveIsNamedWithItsOwnExitCode() {
        StatusReport report = StatusReport.of(
                genesis,
                replica -> Optional.of(
                        answer(replica).setArchiveDamaged(replica == 2).build()));

        assertThat(report.text().getFirst())
                .endsWith("WARN: rot in the archive of r2; stop it, then sherd verify says what is bad");
        assertThat(report.exitCode()).isEqualTo(ExitCode.REPAIRABLE);
        assertThat(report.replicas())
                .extracting(StatusReport.Replica::archiveDamaged)
                .containsExactly(false, false, true, false);
    }

    @Test
    void withoutAQuorumNothingElseMatters() {
        IntFunction<Optional<GetStatusResponse>> two = replica -> replica < 2
                ? Optional.of(answer(replica).setArchiveDamaged(true).build())
                : Optional.empty();
        StatusReport report = StatusReport.of(genesis, two);

        assertThat(report.text().getFirst()).endsWith("slack -1  BAD: no quorum");
        assertThat(report.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    }

    private static GetStatusResponse.Builder answer(int replica) {
        return GetStatusResponse.newBuilder()
                .setReplica(replica)
                .setCluster(ByteString.copyFrom(genesis.clusterId().toByteArray()))
                .setMode("normal");
    }
}
