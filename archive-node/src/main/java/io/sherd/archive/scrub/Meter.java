package io.sherd.archive.scrub;

/** Keeps a rate: is told of bytes after they were read, and takes the time that they cost. */
@FunctionalInterface
interface Meter {

    /**
     * Waits until as many bytes may have been read.
     *
     * @param bytes that were read
     * @throws InterruptedException if the pass is to end soon
     */
    void spend(long bytes) throws InterruptedException;
}
