/**
 * Reading everything that a running replica stores, and mending what is bad before somebody needs it.
 *
 * <p>A <em>pass</em> goes over every file of the archive and the state, every record, what is held of every segment, and the certified
 * state ({@link io.sherd.archive.scrub.ScrubStage} has the order). It reads what the disk has, not what some cache remembers, and checks
 * content against commitments, paths, signatures and state roots, not checksums alone. Where it stands is durable
 * ({@link io.sherd.archive.scrub.ScrubRecord}), so a pass goes on after a restart.
 *
 * <ul>
 *   <li>{@link io.sherd.archive.scrub.ScrubPass} does one pass, a small step at a time, and knows no time.
 *   <li>{@link io.sherd.archive.scrub.ScrubRepair} makes a finding good: from what the process still has open, from whoever holds the
 *       bytes, or from k pieces of others.
 *   <li>{@link io.sherd.archive.scrub.ScrubDriver} begins passes when they are due, keeps the rate, and is what an operator starts,
 *       pauses and asks.
 * </ul>
 */
@NullMarked
package io.sherd.archive.scrub;

import org.jspecify.annotations.NullMarked;
