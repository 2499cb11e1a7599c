package io.sherd.cli.inspect;

import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Table;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state checkpoints of a directory, and which of them a certificate binds.
 *
 * @param kind state
 * @param checkpoints oldest first
 * @param promisedSequence the position of the latest that was durable
 * @param importing the position of a state that is being fetched and not complete
 * @param exitCode what the command ends with
 */
public record StateReport(
        String kind,
        List<Root> checkpoints,
        long promisedSequence,
        @Nullable Long importing,
        int exitCode) implements Inspected {

    /**
     * One state checkpoint.
     *
     * @param sequence the position after which it is the state
     * @param root its root
     * @param certifiedBy the position of a proved certificate that binds it; null if there is none here
     */
    public record Root(long sequence, String root, @Nullable Long certifiedBy) {}

    /**
     * Reads the checkpoints.
     *
     * @param genesis the cluster
     * @param view the directory
     */
    public static StateReport of(Genesis genesis, DirectoryView view) throws StoreException {
        try (RocksStateStore state = view.state();
                RocksPieceStore archive = view.archive()) {
            List<CheckpointCertificate> proved = proved(genesis, view, archive);
            List<Root> roots = new ArrayList<>();
            for (StateCheckpoint checkpoint : state.checkpoints()) {
                roots.add(new Root(
                        checkpoint.sequence(),
                        checkpoint.root().hex(),
                        certifiedBy(proved, checkpoint).orElse(null)));
            }
            boolean isLost = state.latest().sequence() < state.promisedSequence();
            return new StateReport(
                    "state",
                    roots,
                    state.promisedSequence(),
                    state.importing().map(StateCheckpoint::sequence).orElse(null),
                    (isLost ? ExitCode.UNREPAIRABLE : ExitCode.DONE).code());
        }
    }

    /** The certificates of an archive that prove what they state. */
    static List<CheckpointCertificate> proved(Genesis genesis, DirectoryView view, RocksPieceStore archive)
            throws StoreException {
        ProvedHistory history = ProvedHistory.of(genesis, archive, view.replica());
        return archive.certificates(0, Integer.MAX_VALUE).stream()
                .filter(certificate -> history.ofCertificate(certificate).isProved())
                .toList();
    }

    /** The position of a certificate that binds a state. */
    static Optional<Long> certifiedBy(List<CheckpointCertificate> proved, StateCheckpoint checkpoint) {
        return proved.stream()
                .map(CheckpointCertificate::statement)
                .filter(statement -> statement.stateSequence() == checkpoint.sequence()
                        && statement.stateRoot().equals(checkpoint.root()))
                .map(statement -> statement.sequence())
                .findFirst();
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        Table table = new Table("SEQ", "ROOT", "CERTIFIED BY");
        checkpoints.forEach(checkpoint -> table.row(
                checkpoint.sequence(),
                checkpoint.root(),
                checkpoint.certifiedBy() == null ? "-" : "seq " + checkpoint.certifiedBy()));
        lines.addAll(table.lines());
        if (importing != null) {
            lines.add("WARN a state of seq %d is being fetched and not complete".formatted(importing));
        }
        if (exitCode == ExitCode.UNREPAIRABLE.code()) {
            lines.add("BAD  the state of seq %d was durable and is gone: sherd restore".formatted(promisedSequence));
        }
        return lines;
    }
}
