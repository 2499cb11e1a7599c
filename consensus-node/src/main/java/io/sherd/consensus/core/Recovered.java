package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.Request;
import java.util.List;
import java.util.Optional;

/**
 * What a replica knows when it starts: of a new cluster, after a crash, or after a restore.
 *
 * @param members the member table of its epoch
 * @param directory the id of its data directory: it votes only while the member table has the same
 * @param rejoin the REJOIN that this directory was given or has sent, while the member table has another directory
 * @param view the view it was in, or on its way to
 * @param viewActive whether it had entered that view
 * @param stable the newest certificate it holds; absent in a new cluster
 * @param executed the last position that is executed, or is handed to execution before the core's first step
 * @param epochEnded whether the entry at {@code executed} ended the epoch of {@code members}: nothing above it may be executed
 *     until that closing is stable
 * @param decided decided entries above {@code executed}, consecutive, that are still to be executed
 * @param proposals proposals it made or accepted above the position of {@code stable}, executed or not, of the current epoch,
 *     any view: a VIEW-CHANGE must carry what is prepared above the stable checkpoint, or an executed entry could be replaced
 * @param prepares its own PREPAREs above the position of {@code stable}, of the current epoch
 * @param commits its own COMMITs with their proofs above the position of {@code stable}, of the current epoch
 * @param viewChange its own VIEW-CHANGE of {@code view}, if that view was not entered
 * @param newView the NEW-VIEW of {@code view}, if it was entered by one
 * @param asks whether the others are asked first what this replica has signed: the disk may be an older copy
 * @param sealing what closings and state checkpoints were last executed, at position {@code executed}
 */
public record Recovered(
        MemberTable members,
        DirectoryId directory,
        Optional<Request.Rejoin> rejoin,
        long view,
        boolean viewActive,
        Optional<CheckpointCertificate> stable,
        long executed,
        boolean epochEnded,
        List<DecidedEntry> decided,
        List<Message.PrePrepare> proposals,
        List<Message.Prepare> prepares,
        List<VoteRecord.OwnCommit> commits,
        Optional<Message.ViewChange> viewChange,
        Optional<Message.NewView> newView,
        boolean asks,
        Sealing sealing) {

    /** Copies the lists. */
    public Recovered {
        decided = List.copyOf(decided);
        proposals = List.copyOf(proposals);
        prepares = List.copyOf(prepares);
        commits = List.copyOf(commits);
    }

    /**
     * What an idle primary needs to know about seals.
     *
     * @param lastRequest the last executed position that held operations or ended an epoch; 0 if none
     * @param lastStateCheckpoint the last executed closing that is a state checkpoint; 0 if none
     * @param covered the state checkpoint that the last executed closing's statement binds; 0 if none
     */
    public record Sealing(long lastRequest, long lastStateCheckpoint, long covered) {

        /** Of a ledger without entries. */
        public static final Sealing NONE = new Sealing(0, 0, 0);
    }

    /** {@return the same without its votes and its view: what a replica starts with that has another key in this epoch} */
    Recovered withoutVotes() {
        return new Recovered(
                members,
                directory,
                rejoin,
                0,
                true,
                stable,
                executed,
                epochEnded,
                decided,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                asks,
                sealing);
    }

    /** Of a replica of a new cluster. */
    public static Recovered founding(MemberTable members, DirectoryId directory, boolean asks) {
        return new Recovered(
                members,
                directory,
                Optional.empty(),
                0,
                true,
                Optional.empty(),
                0,
                false,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                asks,
                Sealing.NONE);
    }
}
