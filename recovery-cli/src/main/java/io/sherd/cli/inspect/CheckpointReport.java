package io.sherd.cli.inspect;

import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.durable.VoteLogView;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One checkpoint certificate: what is stated, who signed it, and whether that leads back to the genesis.
 *
 * @param kind checkpoint
 * @param source where it is stored: archive, votes, or epoch for the closing of an epoch
 * @param epoch the epoch whose keys sign
 * @param sequence the position of the closing entry
 * @param ledgerHash the ledger hash after it
 * @param segmentCount segments up to the one that it closes
 * @param historyRoot the root over their commitments
 * @param stateSequence the position of the state checkpoint that it binds
 * @param stateRoot the root of that state
 * @param nextMembers the digest of the next member table, if this closes its epoch
 * @param signers who signed
 * @param signaturesNeeded how many must
 * @param ok whether it is proved
 * @param verdict why
 * @param exitCode what the command ends with
 */
public record CheckpointReport(
        String kind,
        String source,
        long epoch,
        long sequence,
        String ledgerHash,
        long segmentCount,
        String historyRoot,
        long stateSequence,
        String stateRoot,
        @Nullable String nextMembers,
        List<String> signers,
        int signaturesNeeded,
        boolean ok,
        String verdict,
        int exitCode)
        implements Inspected {

    /** A certificate and where it was found. */
    private record Stored(String source, CheckpointCertificate certificate) {}

    /**
     * Reads a certificate and checks it.
     *
     * @param genesis the cluster
     * @param view the directory
     * @param sequence its position; null for the newest
     * @throws CommandFailure if there is none
     */
    public static CheckpointReport of(Genesis genesis, DirectoryView view, @Nullable Long sequence)
            throws StoreException, CommandFailure {
        try (RocksPieceStore archive = view.archive()) {
            SortedMap<Long, Stored> all = all(archive, view);
            Stored found = all.isEmpty() ? null : all.get(sequence == null ? all.lastKey() : sequence);
            if (found == null) {
                throw new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "checkpoint.absent",
                        sequence == null
                                ? "no certificate is in this directory"
                                : "no certificate of position %d is in this directory".formatted(sequence),
                        List.of("positions that have one: " + (all.isEmpty() ? "none" : all.keySet())),
                        "superseded certificates are dropped: the newest proves all that is before it");
            }
            Verdict verdict = ProvedHistory.of(genesis, archive, view.replica()).ofCertificate(found.certificate());
            CheckpointStatement statement = found.certificate().statement();
            return new CheckpointReport(
                    "checkpoint",
                    found.source(),
                    statement.epoch(),
                    statement.sequence(),
                    statement.ledgerHash().hex(),
                    statement.segmentCount(),
                    statement.historyRoot().hex(),
                    statement.stateSequence(),
                    statement.stateRoot().hex(),
                    statement.nextMembers().map(Digest::hex).orElse(null),
                    found.certificate().signatures().keySet().stream()
                            .map(replica -> "r" + replica)
                            .toList(),
                    genesis.quorums().quorum(),
                    verdict.isProved(),
                    verdict.text(),
                    verdict.exit().code());
        }
    }

    /** Every certificate of a directory, by position; the archive's where it has the same as the votes. */
    private static SortedMap<Long, Stored> all(RocksPieceStore archive, DirectoryView view) throws StoreException {
        List<Stored> stored = new ArrayList<>();
        try (VoteLogView votes = view.votes()) {
            votes.stable().ifPresent(certificate -> stored.add(new Stored("votes", certificate)));
        }
        for (ClosedEpoch closed : archive.closedEpochs(0, Integer.MAX_VALUE)) {
            stored.add(new Stored("epoch", closed.certificate()));
        }
        archive.certificates(0, Integer.MAX_VALUE)
                .forEach(certificate -> stored.add(new Stored("archive", certificate)));
        SortedMap<Long, Stored> all = new TreeMap<>();
        stored.forEach(one -> all.put(one.certificate().statement().sequence(), one));
        return all;
    }

    @Override
    public List<String> text() {
        Facts facts = new Facts()
                .add("checkpoint", "seq %d, epoch %d, from the %s".formatted(sequence, epoch, source))
                .add("ledger hash", ledgerHash)
                .add("segments", segmentCount)
                .add("history root", historyRoot)
                .add("state", "of seq %d, root %s".formatted(stateSequence, stateRoot));
        if (nextMembers != null) {
            facts.add("next members", nextMembers);
        }
        return facts.add("signed by", "%s (%d needed)".formatted(String.join(" ", signers), signaturesNeeded))
                .lines(exitCode, verdict);
    }
}
