package io.sherd.archive.restore;

import io.sherd.archive.restore.VerifyReport.Finding;
import io.sherd.archive.restore.VerifyReport.Kind;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateStore;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.segment.Segment;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Executes the whole ledger again, from the first entry on, and compares the root of the state wherever one is known: in certified
 * statements, and in the state that a directory holds. Client signatures are checked too, which the certificates otherwise vouch for.
 */
public final class StateReplay {

    private final Genesis genesis;
    private final SignatureVerifier verifier;
    private final StateStore scratch;
    private final StateUpdater updater;
    private final Map<Long, Expected> expected = new TreeMap<>();
    private long comparedRoots;

    private record Expected(Digest root, String whose) {}

    /**
     * A replay of nothing yet.
     *
     * @param genesis the cluster
     * @param machine the genesis's
     * @param scratch an empty state, which will be the ledger's
     * @param verifier decides about signatures
     */
    public StateReplay(Genesis genesis, StateMachine machine, StateStore scratch, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.verifier = verifier;
        this.scratch = scratch;
        this.updater = new StateUpdater(scratch, machine, genesis.limits());
    }

    /**
     * Names a root that the replay must come to; of two at one position both must be right.
     *
     * @param checkpoint position and root
     * @param whose who says so, for messages
     * @param findings told if another root is expected there already
     */
    public void expect(StateCheckpoint checkpoint, String whose, Consumer<Finding> findings) {
        Expected before = expected.putIfAbsent(checkpoint.sequence(), new Expected(checkpoint.root(), whose));
        if (before != null && !before.root.equals(checkpoint.root())) {
            findings.accept(new Finding(
                    Kind.WRONG_STATE,
                    -1,
                    "at position %d %s says %s, %s says %s"
                            .formatted(
                                    checkpoint.sequence(),
                                    before.whose,
                                    before.root.shortHex(),
                                    whose,
                                    checkpoint.root().shortHex())));
        }
    }

    /** Executes the next segment. */
    void execute(Segment segment, Consumer<Finding> findings) throws StoreException {
        if (segment.number() == 0) {
            compare(scratch.latest(), 0, findings);
        }
        for (LedgerEntry entry : segment.entries()) {
            for (Request request : entry.batch().requests()) {
                if (request instanceof Request.Operation operation
                        && !operation.isSignedFor(genesis.signingDomain(), verifier)) {
                    findings.accept(new Finding(
                            Kind.WRONG_REQUEST,
                            segment.number(),
                            "a request of client %s at position %d is not signed by it"
                                    .formatted(operation.client().hex(), entry.sequence())));
                }
            }
            updater.execute(entry);
        }
        if (segment.isStateCheckpoint(genesis.limits())) {
            Digest root = updater.checkpoint(segment.lastSequence());
            compare(new StateCheckpoint(segment.lastSequence(), root), segment.number(), findings);
        }
    }

    private void compare(StateCheckpoint made, long segment, Consumer<Finding> findings) {
        Expected known = expected.get(made.sequence());
        if (known == null) {
            return;
        }
        comparedRoots++;
        if (!known.root.equals(made.root())) {
            findings.accept(new Finding(
                    Kind.WRONG_STATE,
                    segment,
                    "the state after position %d has root %s, %s says %s"
                            .formatted(made.sequence(), made.root().shortHex(), known.whose, known.root.shortHex())));
        }
    }

    /** The position up to which the ledger was executed. */
    public long executedSequence() {
        return updater.executedSequence();
    }

    /** How many roots were compared. */
    public long comparedRoots() {
        return comparedRoots;
    }
}
