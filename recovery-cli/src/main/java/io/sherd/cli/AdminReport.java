package io.sherd.cli;

import io.sherd.cli.output.Report;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an admin's change came to.
 *
 * @param done whether it is in force; false of a dry run
 * @param epoch the epoch that it ends
 * @param changes what changes, a sentence each
 * @param position the position of its entry; null of a dry run
 * @param signers replicas that signed the closing; null of a dry run
 */
record AdminReport(
        boolean done,
        long epoch,
        List<String> changes,
        @Nullable Long position,
        @Nullable List<Integer> signers) implements Report {

    /** What would be done. */
    static AdminReport planned(MemberTable now, Request.Change change) {
        return new AdminReport(false, change.epoch(), sentences(now, change), null, null);
    }

    /** What was done. */
    static AdminReport done(MemberTable before, Request.Change change, ClosedEpoch closed) {
        return new AdminReport(
                true,
                change.epoch(),
                sentences(before, change),
                closed.certificate().statement().sequence(),
                List.copyOf(closed.certificate().signatures().keySet()));
    }

    @Override
    public String schema() {
        return "sherd.admin/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>(changes);
        lines.add(
                done
                        ? "in force: epoch %d ended at position %d, signed by %s"
                                .formatted(epoch, position, String.join(", ", names()))
                        : "dry run: this would end epoch %d; nothing was changed".formatted(epoch));
        return lines;
    }

    private List<String> names() {
        return signers == null
                ? List.of()
                : signers.stream().map(signer -> "r" + signer).toList();
    }

    private static List<String> sentences(MemberTable now, Request.Change change) {
        return change.changes().stream().map(each -> sentence(now, each)).toList();
    }

    private static String sentence(MemberTable now, MemberChange change) {
        return switch (change) {
            case MemberChange.ReplaceKey c -> {
                Member before = now.member(c.replica());
                yield "r%d: ledger key %s instead of %s, TLS pin %s instead of %s"
                        .formatted(
                                c.replica(),
                                c.key().hex(),
                                before.key().hex(),
                                c.tlsPin().hex(),
                                before.tlsPin().hex());
            }
            case MemberChange.ChangeAddress c -> {
                Member before = now.member(c.replica());
                yield "r%d: peer %s instead of %s, edge %s instead of %s"
                        .formatted(
                                c.replica(),
                                c.peerAddress(),
                                before.peerAddress(),
                                c.edgeAddress(),
                                before.edgeAddress());
            }
            case MemberChange.AddClient c ->
                "client %s may write".formatted(c.key().hex());
            case MemberChange.RevokeClient c ->
                "client %s may write no more".formatted(c.key().hex());
        };
    }
}
