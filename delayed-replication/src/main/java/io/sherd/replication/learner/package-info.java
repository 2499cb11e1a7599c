/**
 * Learning the ledger: from nothing but the genesis to every entry, in order, whoever the sources are.
 *
 * <p>{@link io.sherd.replication.learner.Learner} is free of I/O: {@code step(event)} returns an ordered list of effects,
 * time is counted in ticks, and the same events give the same effects. Whoever drives it performs the fetches and hands in
 * what comes back. It believes nobody:
 *
 * <ol>
 *   <li><b>Heads.</b> Each source is asked for its checkpoint certificate. One that n - f replicas of its epoch signed is
 *       proved, whoever sent it; the highest proved one is the target. Closed epochs lead from the genesis's keys to those of
 *       the certificate's epoch, and each closing certificate is itself a proved checkpoint.
 *   <li><b>Commitments.</b> One source sends those up to the target. They are believed once they chain and their RFC 6962
 *       root is the certified one; else that source lied and another one is asked.
 *   <li><b>Pieces.</b> Of each segment k are fetched, piece i from replica i, always of the k sources that were asked for the
 *       fewest bytes so far, so equally fast sources carry equal loads. Each piece is checked against its commitment when it
 *       arrives. A slow source is hedged by another, a failing one left alone for a while, a lying one for longer.
 *   <li><b>Delivery.</b> A segment is decoded once, when all before it were delivered, and delivered whole.
 * </ol>
 *
 * <p>With at most f faulty sources and the others reachable this always ends at the target. With more it delivers a correct
 * prefix, says what is missing ({@link io.sherd.replication.learner.Shortage}) and goes on by itself once it can be had. The
 * window bounds memory, whatever sources send.
 *
 * <p>{@link io.sherd.replication.learner.PushLearner} is the published algorithm (Hellings and Sadoghi, ICDT 2020), which needs no certificates but
 * receives all n pieces of each segment.
 */
@NullMarked
package io.sherd.replication.learner;

import org.jspecify.annotations.NullMarked;
