/**
 * The simulator: a whole cluster in one thread and in virtual time, every choice from one seed. Only the command line's
 * {@code sherd sim} and tests use it; nothing a replica runs may (a test enforces that).
 *
 * <p>The replicas are real cores ({@link io.sherd.consensus.core.Replica}); everything around them is made here:
 *
 * <pre>
 *   Campaign     many seeds, one after the other
 *   SwarmRun     one seed: a cluster, what goes wrong in it ({@code Nemesis}), and what must hold in the end
 *   Simulation   virtual time, and the cluster's nodes in it
 *   SimNode      a core on a {@code SimDisk}, behind {@code Links}
 *   Adversary    a correct core whose effects are rewritten: one of the f
 *   Checkers     what must hold after every event, by code that is not the core
 * </pre>
 *
 * <p>One seed gives one run: nothing here reads a clock that decides anything, iterates over an unordered collection, or starts
 * a thread. {@link io.sherd.consensus.sim.Trace} hashes all that happens, so that this can be tested.
 */
@NullMarked
package io.sherd.consensus.sim;

import org.jspecify.annotations.NullMarked;
