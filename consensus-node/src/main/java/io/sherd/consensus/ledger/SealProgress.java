package io.sherd.consensus.ledger;

/** How many segments are sealed: the execution thread waits here, so that what is closed and not yet durable stays little. */
final class SealProgress {

    private long sealed;
    private boolean stopped;

    SealProgress(long sealed) {
        this.sealed = sealed;
    }

    synchronized void advanceTo(long count) {
        sealed = count;
        notifyAll();
    }

    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    /**
     * Waits until at least {@code count} segments are sealed.
     *
     * @param count how many
     * @return whether they are; false if the pipeline stops
     */
    synchronized boolean await(long count) {
        while (sealed < count && !stopped) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody interrupts these threads to stop them; a stray interrupt must not break a write that is under
                // way.
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return !stopped;
    }
}
