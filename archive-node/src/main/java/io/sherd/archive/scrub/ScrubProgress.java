package io.sherd.archive.scrub;

import java.time.Instant;

/**
 * How far a pass is, and what it found.
 *
 * @param started when it began
 * @param cursor where it goes on
 * @param bytesRead how much it has read
 * @param bytesTotal about how much there was to read when it began
 * @param found what was bad
 * @param repaired how much of that is good again
 * @param mending how much of it is records that are being mended: known to be good when the pass has come by again
 */
public record ScrubProgress(
        Instant started, ScrubCursor cursor, long bytesRead, long bytesTotal, long found, long repaired, long mending) {

    /** A pass that begins. */
    static ScrubProgress begin(Instant now, long bytesTotal) {
        return new ScrubProgress(now, ScrubCursor.START, 0, bytesTotal, 0, 0, 0);
    }

    /** What was found and is not good again. */
    public long open() {
        return found - repaired;
    }

    /** How much of it is done, 0 to 1; an estimate. */
    public double fraction() {
        return cursor.stage() == ScrubStage.DONE
                ? 1
                : bytesTotal == 0 ? 0 : Math.min(0.999, (double) bytesRead / bytesTotal);
    }

    ScrubProgress at(ScrubCursor next) {
        return new ScrubProgress(started, next, bytesRead, bytesTotal, found, repaired, mending);
    }

    ScrubProgress read(long bytes) {
        return new ScrubProgress(started, cursor, bytesRead + bytes, bytesTotal, found, repaired, mending);
    }

    ScrubProgress found(boolean isRepaired) {
        return new ScrubProgress(
                started, cursor, bytesRead, bytesTotal, found + 1, repaired + (isRepaired ? 1 : 0), mending);
    }

    /** Records were found bad, and are about to be mended. */
    ScrubProgress mends() {
        return new ScrubProgress(started, cursor, bytesRead, bytesTotal, found + 1, repaired, mending + 1);
    }

    /** What was being mended is good, or is not. */
    ScrubProgress mended(boolean isGood) {
        return new ScrubProgress(started, cursor, bytesRead, bytesTotal, found, repaired + (isGood ? mending : 0), 0);
    }
}
