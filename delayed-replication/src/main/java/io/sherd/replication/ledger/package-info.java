/**
 * The ledger: requests, ordered in batches, one batch an entry, entries chained by hash.
 *
 * <p>A position in the ledger is the sequence number that PBFT ordered the batch at; the first is 1. A null request of PBFT
 * is the empty batch at its own position. {@code ledgerHash} of position s is
 * {@code H(0x02 | ledgerHash of s-1 | s | digest(batch))}, and that of position 0 is the cluster id, so two ledgers with
 * one hash are one ledger.
 */
@NullMarked
package io.sherd.replication.ledger;

import org.jspecify.annotations.NullMarked;
