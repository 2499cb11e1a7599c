/**
 * PBFT as built: the replica as a deterministic core without I/O.
 *
 * <p>{@code Replica.step} takes one {@link io.sherd.consensus.core.Event} and returns an ordered list
 * of {@link io.sherd.consensus.core.Effect}s. Whoever drives it brings sockets, disks and clocks. The order of the effects is
 * a promise: what follows a {@code Persist} waits until it is durable. Time is counted in ticks. Quorums are n - f of n
 * &gt; 3f replicas.
 *
 * <p>The source is Castro and Liskov, "Practical Byzantine Fault Tolerance" (OSDI 1999) and its long version (TOCS 2002),
 * in the variant with signatures; {@code docs/CONSENSUS.md} lists where this differs and why.
 */
@NullMarked
package io.sherd.consensus.core;

import org.jspecify.annotations.NullMarked;
