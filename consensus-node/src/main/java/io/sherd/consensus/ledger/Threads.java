package io.sherd.consensus.ledger;

/** How the threads of a replica end. */
public final class Threads {

    private Threads() {}

    /**
     * Returns when a thread has ended, even if this one is interrupted meanwhile, which it is told afterwards; at once if it is
     * this thread itself.
     *
     * @param thread was told to end
     */
    public static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
