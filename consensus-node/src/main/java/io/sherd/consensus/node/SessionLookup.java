package io.sherd.consensus.node;

import io.sherd.consensus.ledger.Outcome;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.Optional;

/** Port: clients' sessions in the executed state. Thread-safe. */
public interface SessionLookup {

    /**
     * What is kept of an operation that was executed before, or that cannot be executed any more.
     *
     * @return empty if the id was not executed and is not below the session's window
     */
    Optional<Outcome> kept(VerifyingKey client, long id);

    /** The highest id that was executed for a client; 0 if none. */
    long highestId(VerifyingKey client);

    /** The last position that is executed. */
    long executed();
}
