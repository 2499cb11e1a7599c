package io.sherd.consensus.core;

import io.sherd.replication.genesis.MemberTable;

/**
 * What a replica looks like from outside, for status pages and tests; never for logic.
 *
 * @param epoch its epoch
 * @param view its view, or the one it asks for
 * @param mode where it is in the protocol
 * @param primary the primary of that view
 * @param executed the last position handed to execution
 * @param stable the position of the last stable checkpoint; 0 if none
 * @param pending requests that wait to be executed
 * @param inFlight proposals of this view that are not yet decided
 * @param slots positions that the log holds evidence for
 * @param logBytes size of the batches of the current view in the log
 * @param patienceTicks how long a request may wait that the primary could propose before it is the primary's fault
 * @param askingForView replicas that are known to ask for this view or a later one, itself included; 0 unless it does
 * @param ticksWithoutView how long it has voted in no view; 0 if it does, or rejoins
 * @param members the epoch's member table
 */
public record Inspection(
        long epoch,
        long view,
        Mode mode,
        int primary,
        long executed,
        long stable,
        int pending,
        int inFlight,
        int slots,
        long logBytes,
        long patienceTicks,
        int askingForView,
        long ticksWithoutView,
        MemberTable members) {}
