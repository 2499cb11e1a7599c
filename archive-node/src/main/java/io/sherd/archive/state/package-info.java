/**
 * The state: the fold of the decided ledger, with a root over all of it.
 *
 * <p>The state is a map under a 16-ary sparse Merkle tree: applications' keys, clients' sessions (the reply table). A key's
 * place is SHA-256 of its space and bytes. The root depends on the map alone, never on the order of its changes. The tree is
 * updated in one batch a state checkpoint, at a cost that follows the keys changed, and the two latest checkpoints stay
 * readable, so that a peer can fetch one in chunks that each verify by themselves.
 */
@NullMarked
package io.sherd.archive.state;

import org.jspecify.annotations.NullMarked;
