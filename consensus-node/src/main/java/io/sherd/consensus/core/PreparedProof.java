package io.sherd.consensus.core;

import io.sherd.replication.ledger.Signature;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A prepared certificate (PBFT section 4.2): the primary's PRE-PREPARE and PREPAREs of n - f - 1 distinct backups for one
 * ballot. A VIEW-CHANGE carries it without the batch, which is fetched by its digest where it is missing.
 *
 * @param ballot what was prepared
 * @param prePrepare the primary's signature
 * @param prepares the backups' signatures, by replica, the primary not among them
 */
public record PreparedProof(Ballot ballot, Signature prePrepare, SortedMap<Integer, Signature> prepares) {

    /** Copies the map. */
    public PreparedProof {
        prepares = Collections.unmodifiableSortedMap(new TreeMap<>(prepares));
    }
}
