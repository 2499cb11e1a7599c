package io.sherd.replication.machine;

/** A state machine that cannot be gone on with: whoever executes the ledger must stop before it speaks of the result. */
public class MachineFaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Says what the machine did, and where in the ledger.
     *
     * @param message for people
     */
    public MachineFaultException(String message) {
        super(message);
    }

    /**
     * Says what the machine did, and where in the ledger.
     *
     * @param message for people
     * @param cause what it threw
     */
    public MachineFaultException(String message, Throwable cause) {
        super(message, cause);
    }
}
