package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateStore;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.segment.Segment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a directory must be after a restore. */
final class RestoredDirectory {

    private RestoredDirectory() {}

    /** The archive is clean and complete, the state is the certified one, and replaying what is kept leads to today's. */
    static void assertRestored(MadeLedger ledger, StateStore states, int replica, Path directory) throws Exception {
        StoreOwner owner = new StoreOwner(ledger.genesis().clusterId(), replica);
        DataDirectory.Layout layout = new DataDirectory.Layout(directory);
        assertThat(RestoreMark.isIn(layout)).isFalse();
        assertThat(DataDirectory.readIdentity(directory).standing())
                .isEqualTo(new DirectoryIdentity.Standing.Rejoining(0));
        assertThat(DataDirectory.readIdentity(directory).directoryId())
                .isNotEqualTo(ledger.members().member(replica).directory());
        try (RocksPieceStore archive = RocksPieceStore.open(layout.archive(), owner);
                RocksStateStore state = RocksStateStore.open(layout.state(), owner)) {
            VerifyReport report = new Verifier(ledger.genesis(), archive, replica, new Ed25519Verifier()).run(_ -> {});
            assertThat(report.findings()).isEmpty();
            assertThat(report.okPieces()).isEqualTo(ledger.segments().size());
            assertThat(report.certifiedSegments()).isEqualTo(ledger.segments().size());
            for (int segment = 0; segment < ledger.segments().size(); segment++) {
                assertThat(archive.piece(segment, replica))
                        .contains(ledger.dispersed().get(segment).pieces().get(replica));
            }
            List<Segment> replayed = new ArrayList<>();
            new UndroppedEntries(ledger.genesis(), archive)
                    .segmentsAfter(state.latest().sequence(), replayed::add);
            assertThat(replayed)
                    .isEqualTo(ledger.segments().stream()
                            .filter(segment ->
                                    segment.firstSequence() > state.latest().sequence())
                            .toList());
            StateUpdater updater = new StateUpdater(
                    state, new KeyValueMachine(), ledger.genesis().limits());
            for (Segment segment : replayed) {
                for (LedgerEntry entry : segment.entries()) {
                    updater.execute(entry);
                }
                if (segment.isStateCheckpoint(ledger.genesis().limits())) {
                    updater.checkpoint(segment.lastSequence());
                }
            }
            assertThat(state.latest()).isEqualTo(states.latest());
        }
    }
}
