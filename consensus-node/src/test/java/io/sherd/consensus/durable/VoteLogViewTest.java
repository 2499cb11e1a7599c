package io.sherd.consensus.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.DirectoryAbsentException;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteLogViewTest {
    private static final int SELF = 1;

    private final TestCluster cluster = new TestCluster(4);
    private final Genesis genesis = cluster.genesis();
    private final DecidedEntry decided = new DecidedEntry(new LedgerEntry(7, Batch.NULL), 0, 0, new TreeMap<>());
    private final CheckpointCertificate stable = cluster.certificate(cluster.statement(0, 128, Optional.empty()));

    @TempDir
    private Path temporary;

    private Path path;

    @BeforeEach
    void fill() throws Exception {
        path = temporary.resolve("votes");
        VoteLog.create(path, genesis, SELF, TestCluster.directory(SELF));
        try (VoteLog log = VoteLog.open(path, genesis, SELF, TestCluster.directory(SELF))) {
            log.append(List.of(new VoteRecord.Decided(decided)), true);
            log.append(List.of(new VoteRecord.StableCheckpoint(stable)), true);
        }
    }

    @Test
    void itShowsWhatWasAppendedAndWhatMustBeThere() throws Exception {
        try (VoteLogView view = VoteLogView.open(path)) {
            assertThat(view.format()).isEqualTo("votes/1");
            assertThat(view.directory()).isEqualTo(TestCluster.directory(SELF));
            assertThat(view.appends()).isEqualTo(2);
            assertThat(view.promised().appends()).isEqualTo(2);
            assertThat(view.decided(7)).contains(decided);
            assertThat(view.decided(8)).isEmpty();
            assertThat(view.stable()).contains(stable);
        }
    }

    @Test
    void itOpensWhileTheLogIsInUse() throws Exception {
        try (VoteLog _ = VoteLog.open(path, genesis, SELF, TestCluster.directory(SELF));
                VoteLogView view = VoteLogView.open(path)) {
            assertThat(view.decided(7)).contains(decided);
        }
    }

    @Test
    void aLogThatHoldsLessThanItMustIsShownAllTheSame() throws Exception {
        try (HighWater highWater = HighWater.open(path.resolve(VoteLog.HIGH_WATER), TestCluster.directory(SELF))) {
            highWater.raise(new HighWater.Mark(5, 2, 3, 40));
        }
        try (VoteLogView view = VoteLogView.open(path)) {
            assertThat(view.appends()).isEqualTo(2);
            assertThat(view.promised()).isEqualTo(new VoteLogView.Promise(5, 2, 3, 40));
        }
    }

    @Test
    void aMissingLogOrHighWaterRecordIsNamed() throws Exception {
        assertThatThrownBy(() -> VoteLogView.open(temporary.resolve("nowhere")))
                .isInstanceOf(DirectoryAbsentException.class)
                .hasMessageContaining("nowhere");
        Files.delete(path.resolve(VoteLog.HIGH_WATER));
        assertThatThrownBy(() -> VoteLogView.open(path))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageContaining("high-water is missing");
    }
}
