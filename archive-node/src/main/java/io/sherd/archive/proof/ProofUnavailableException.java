package io.sherd.archive.proof;

import java.util.ArrayList;
import java.util.List;

/** A proof that cannot be made from what the sources answer now. */
public final class ProofUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final ArrayList<String> facts;

    /** Why not. */
    public enum Kind {
        /** Nothing that is certified has it. */
        ABSENT,
        /** No source answered with what is needed. */
        UNREACHABLE,
        /** Fewer pieces than are needed are valid and reachable. */
        INSUFFICIENT
    }

    ProofUnavailableException(Kind kind, String message, List<String> facts) {
        super(message);
        this.kind = kind;
        this.facts = new ArrayList<>(facts);
    }

    /** {@return why not} */
    public Kind kind() {
        return kind;
    }

    /** {@return what each source said} */
    public List<String> facts() {
        return List.copyOf(facts);
    }
}
