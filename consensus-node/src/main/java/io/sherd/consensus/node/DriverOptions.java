package io.sherd.consensus.node;

import java.time.Duration;

/**
 * Bounds of the driver.
 *
 * @param tick length of a tick
 * @param waitingEvents messages and requests that may wait for the core
 * @param groupedEvents events that share one forced write
 * @param waitingAnswers questions of peers that may wait to be answered from disk
 * @param answerEntries entries in one answer
 * @param answerBytes bytes of batches in one answer, unless the first is larger
 */
public record DriverOptions(
        Duration tick, int waitingEvents, int groupedEvents, int waitingAnswers, int answerEntries, int answerBytes) {

    /** What a replica uses. */
    public static final DriverOptions DEFAULT = new DriverOptions(Duration.ofMillis(10), 8192, 512, 64, 64, 2 << 20);
}
