package io.sherd.cli.demo;

import io.sherd.replication.Quorums;
import java.util.List;

/** What steps have found so far, for the document. */
final class DemoResults {
    private long transactions;
    private double throughputTps;
    private LedgerSize ledger = LedgerSize.NONE;
    private List<Long> archiveBytes = List.of();
    private List<Long> stateBytes = List.of();
    private List<Long> voteBytes = List.of();
    private DemoDocument.Learner learner = DemoDocument.Learner.NONE;
    private DemoDocument.Restore restore = DemoDocument.Restore.NONE;
    private DemoDocument.Repair repair = DemoDocument.Repair.NONE;

    void ordered(long count, double perSecond) {
        transactions = count;
        throughputTps = Math.round(perSecond * 10) / 10.0;
    }

    void stored(LedgerSize size, List<Long> archives, List<Long> states, List<Long> votes) {
        ledger = size;
        archiveBytes = List.copyOf(archives);
        stateBytes = List.copyOf(states);
        voteBytes = List.copyOf(votes);
    }

    LedgerSize ledger() {
        return ledger;
    }

    void learned(DemoDocument.Learner found) {
        learner = found;
    }

    void restored(DemoDocument.Restore found) {
        restore = found;
    }

    void repaired(DemoDocument.Repair found) {
        repair = found;
    }

    DemoDocument document(boolean ok, Quorums quorums, int piecesNeeded, List<DemoDocument.Step> steps) {
        return new DemoDocument(
                ok,
                quorums.replicaCount(),
                quorums.faultLimit(),
                piecesNeeded,
                transactions,
                ledger.plainBytes(),
                ledger.compressedBytes(),
                ledger.segments(),
                ledger.boundBytes(),
                archiveBytes,
                stateBytes,
                voteBytes,
                learner,
                restore,
                repair,
                throughputTps,
                List.copyOf(steps));
    }
}
