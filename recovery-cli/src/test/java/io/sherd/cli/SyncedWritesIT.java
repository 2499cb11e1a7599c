package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.DiskFaults.Watched;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a durable write costs: counted in the system calls of this very process. */
class SyncedWritesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VOTES = 100;

    @TempDir
    private Path temporary;

    private ClusterLayout layout;

    @BeforeEach
    void found() throws Exception {
        DiskFaults.assumeStrace();
        layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 21_000).orElseThrow();
        var _ = new Founding("synced", new Quorums(4, 1), 3, Limits.DEFAULT, addresses, 1).make(layout.root());
    }

    @Test
    void anAppendOfManyVotesCostsOneSync() throws Exception {
        Genesis genesis = layout.genesis();
        Path votes = temporary.resolve("votes");
        DirectoryId directory = genesis.members().member(0).directory();
        VoteLog.create(votes, genesis, 0, directory);
        try (VoteLog log = VoteLog.open(votes, genesis, 0, directory);
                Watched watched = DiskFaults.watch(
                        ProcessHandle.current().pid(), "fdatasync,fsync", writeAheadLog(votes), temporary)) {
            for (int append = 1; append <= 3; append++) {
                log.append(votes(append), true);
                int syncs = append;
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(watched.calls()).hasSize(syncs));
            }
            log.append(votes(4), false);
            log.append(votes(5), true);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(watched.calls()).hasSize(4));
        }
    }

    private static List<VoteRecord> votes(int view) {
        List<VoteRecord> votes = new ArrayList<>();
        for (int sequence = 1; sequence <= VOTES; sequence++) {
            Ballot ballot = new Ballot(0, view, sequence, Digest.ZERO);
            Signature signature = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));
            votes.add(new VoteRecord.OwnPrepare(new Message.Prepare(ballot, 0, signature)));
        }
        return votes;
    }

    private static Path writeAheadLog(Path database) throws Exception {
        try (Stream<Path> files = Files.list(database)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }
}
