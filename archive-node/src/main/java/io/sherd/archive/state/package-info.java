/**
 * The state: the fold of the decided ledger, with a root over all of it.
 *
 * <p>The state is a map under a 16-ary compact sparse Merkle tree: the application's keys, and clients' sessions (the reply
 * table). A key's place is SHA-256 of its space and bytes. A subtree of exactly one leaf is that leaf; a subtree of two or
 * more leaves is an inner node at its depth:
 *
 * <pre>
 *   leaf    H(0x00 | space 1 | key length 4 | key | value length 4 | value)
 *   inner   H(0x01 | which children 2 | their digests, 32 each, ascending)     lowest bit: nibble 0
 *   empty   H()
 * </pre>
 *
 * <p>The root depends on the map alone, never on the order of its changes. The tree is updated in one batch a state
 * checkpoint, at a cost that follows the keys changed ({@link io.sherd.archive.state.StateTree}), and the latest checkpoints
 * stay readable, so that a peer can fetch one in chunks that each verify by themselves
 * ({@link io.sherd.archive.state.StateReader}, {@link io.sherd.archive.state.StateImport}), and one key can be proved
 * ({@link io.sherd.archive.state.StateProof}).
 *
 * <p>The fold itself: {@link io.sherd.archive.state.StateUpdater} executes each entry once, hands each operation at most once
 * to the {@link io.sherd.replication.ledger.StateMachine}, and commits what changed to a
 * {@link io.sherd.archive.state.StateStore} at each state checkpoint.
 */
@NullMarked
package io.sherd.archive.state;

import org.jspecify.annotations.NullMarked;
