package io.sherd.consensus.sim;

import java.util.Optional;

/**
 * What one seed came to.
 *
 * @param seed the seed
 * @param replicas n
 * @param mode what was demanded in the end
 * @param ed25519 whether it signed as a real cluster does
 * @param events what happened: ticks, messages, executions, and the rest
 * @param ticks virtual time
 * @param nanos processor time
 * @param viewChanges views entered by a NEW-VIEW, each counted once
 * @param checkpoints closings under the highest certificate
 * @param wipes disks that were lost and restored
 * @param segments segments that were sealed
 * @param epochs epochs that began after the first
 * @param traceHash the hash of all that happened
 * @param violation what did not hold; empty if everything did
 * @param tail the last of what happened, if something did not hold
 */
public record SeedResult(
        long seed,
        int replicas,
        Mode mode,
        boolean ed25519,
        long events,
        long ticks,
        long nanos,
        int viewChanges,
        long checkpoints,
        int wipes,
        long segments,
        int epochs,
        String traceHash,
        Optional<String> violation,
        String tail) {

    /** What a run demands once trouble ends. */
    public enum Mode {
        /** Nothing: anything may fail all the time, and nothing may split. */
        SAFETY,
        /** Of the correct replicas n - f come back, the rest stays dead: they must get everything done. */
        CORE,
        /** Everybody comes back and the network heals: all must agree, whatever the liars say. */
        HEALED
    }

    /** {@return whether the run saw what every run should see: a view change, two checkpoints, a wipe, three segments} */
    public boolean isCovering() {
        return viewChanges >= 1 && checkpoints >= 2 && wipes >= 1 && segments >= 3;
    }

    /** {@return the command that repeats this run} */
    public String command() {
        return "sherd sim --first-seed %d --seeds 1 --replicas %d".formatted(seed, replicas);
    }
}
