/**
 * Checkpoints: what replicas sign when a segment closes, and how a newcomer walks from the genesis to today.
 *
 * <p>A {@link io.sherd.replication.checkpoint.CheckpointStatement} is a pure function of the ledger. n - f signatures over
 * one make a {@link io.sherd.replication.checkpoint.CheckpointCertificate}: f + 1 would prove it true, n - f also prove that
 * its segments can be served. The certificate that closes an epoch binds the next member table
 * ({@link io.sherd.replication.checkpoint.ClosedEpoch}), so the chain of them leads from the genesis's keys to today's.
 */
@NullMarked
package io.sherd.replication.checkpoint;

import org.jspecify.annotations.NullMarked;
