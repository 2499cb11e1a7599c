/**
 * A whole cluster in one thread: real cores, a network that loses, repeats, delays and reorders, disks that survive crashes,
 * all in virtual time and from one seed. {@link io.sherd.consensus.sim.Checkers} watch every event.
 */
@NullMarked
package io.sherd.consensus.sim;

import org.jspecify.annotations.NullMarked;
