/**
 * A replica as a process: the core, its vote log, its archive, its links and its public edge, wired together.
 *
 * <p>One thread drives the core ({@code ReplicaDriver}); two more execute and seal ({@code io.sherd.consensus.ledger}); links
 * and edge have their own and only hand things over. Every queue between them is bounded.
 */
@NullMarked
package io.sherd.consensus.node;

import org.jspecify.annotations.NullMarked;
