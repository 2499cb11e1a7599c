package io.sherd.replication.machine;

/** A state machine came to two different things from the same state. The message names the place and the first difference. */
public final class NondeterminismException extends MachineFaultException {

    private static final long serialVersionUID = 1L;

    /**
     * Says where, and what was different.
     *
     * @param message for people
     */
    public NondeterminismException(String message) {
        super(message);
    }
}
