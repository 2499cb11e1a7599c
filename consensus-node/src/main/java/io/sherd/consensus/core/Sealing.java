package io.sherd.consensus.core;

import io.sherd.replication.ledger.Batch;

/**
 * When a seal is due (docs/DESIGN.md, "Seals"): while an executed request or epoch entry is not covered by the state root of
 * an executed closing, and so long has passed since the oldest unsealed entry was executed, or since the last closing.
 *
 * <p>The statement of a closing binds the last state checkpoint strictly before it. So after the last request an idle primary
 * proposes two seals: the first is a state checkpoint that covers the request, the second binds its root. Then it is silent.
 */
final class Sealing {

    private final int sealTicks;
    private long lastRequest;
    private long lastStateCheckpoint;
    private long covered;
    private long since;
    private boolean unsealed;

    Sealing(int sealTicks, Recovered.Sealing recovered) {
        this.sealTicks = sealTicks;
        this.lastRequest = recovered.lastRequest();
        this.lastStateCheckpoint = recovered.lastStateCheckpoint();
        this.covered = recovered.covered();
    }

    /** An entry was executed. */
    void executed(long sequence, Batch.Kind kind, boolean closing, boolean stateCheckpoint, long tick) {
        if (kind == Batch.Kind.OPERATIONS || kind == Batch.Kind.EPOCH) {
            lastRequest = sequence;
        }
        if (closing) {
            covered = lastStateCheckpoint;
            since = tick;
            unsealed = false;
        } else if (!unsealed) {
            since = tick;
            unsealed = true;
        }
        if (stateCheckpoint) {
            lastStateCheckpoint = sequence;
        }
    }

    /** Whether something executed is not covered by a closing's state root. */
    boolean isUncovered() {
        return lastRequest > covered;
    }

    /** Whether the primary should propose a seal. */
    boolean isDue(long tick) {
        return isUncovered() && tick - since >= sealTicks;
    }

    /** Whether a backup should count the missing seal as a pending request: nothing was closed for three intervals. */
    boolean isOverdue(long tick) {
        return isUncovered() && tick - since >= 3L * sealTicks;
    }

    /** The tick of the last closing, or of the oldest entry since. */
    long since() {
        return since;
    }
}
