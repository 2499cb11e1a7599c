/**
 * Running a {@link io.sherd.replication.ledger.StateMachine} that somebody else wrote: one operation at a time, all of its
 * writes or none, and a second time to see whether it is deterministic.
 *
 * <p>{@link io.sherd.replication.machine.Execution} is what one operation came to. {@link
 * io.sherd.replication.machine.DeterminismCheck} executes every batch twice and compares; the author of a machine uses it in a
 * unit test over a {@link io.sherd.replication.machine.MemoryState}, a replica over its own state. {@link
 * io.sherd.replication.machine.MachineReference} is how a genesis names a machine. The rules that a machine must keep are in
 * docs/state-machine.md.
 */
@NullMarked
package io.sherd.replication.machine;

import org.jspecify.annotations.NullMarked;
