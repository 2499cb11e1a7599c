package io.sherd.consensus.durable;

import io.sherd.consensus.core.Recovered.Sealing;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import java.util.List;
import java.util.Optional;

/**
 * What the archive and the state say when a replica starts; the log adds what it holds beyond.
 *
 * @param members the member table of the newest epoch that is known, counting the closings that the log has
 * @param closings the closings of epochs that the archive keeps, in any order; the log's own need not be among them
 * @param stable the newest certificate of the archive
 * @param executed the last position in the state, or that will be before the core's first step
 * @param epochEnded whether the entry at {@code executed} ended the epoch of {@code members}
 * @param sealing what closings and state checkpoints were last executed, at position {@code executed}
 */
public record StartingPoint(
        MemberTable members,
        List<ClosedEpoch> closings,
        Optional<CheckpointCertificate> stable,
        long executed,
        boolean epochEnded,
        Sealing sealing) {

    /** Copies the list. */
    public StartingPoint {
        closings = List.copyOf(closings);
    }
}
