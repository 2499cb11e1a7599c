/**
 * The public edge of a replica: gRPC over TLS 1.3, described by {@code sherd/v1/ledger.proto}.
 *
 * <p>{@link io.sherd.archive.edge.LedgerService} answers what a learner or a restore asks, from the stores;
 * {@link io.sherd.archive.edge.EdgeServer} puts it, and services of other modules, on an address with every resource bounded
 * ({@link io.sherd.archive.edge.EdgeLimits}); {@link io.sherd.archive.edge.LedgerClient} is the other side. Anybody may connect, so places are scarce:
 * who gives way to whom is decided in one class, {@code Places}. Nothing that is
 * answered here needs trust: it proves itself against signatures of n - f replicas, so reading needs no key.
 */
@NullMarked
package io.sherd.archive.edge;

import org.jspecify.annotations.NullMarked;
