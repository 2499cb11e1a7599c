/**
 * What a replica keeps of the ledger: its own piece of every segment with what proves it, and the bytes it must not drop yet.
 *
 * <p>Everything here is in one RocksDB under {@code archive/} in the data directory, apart from the votes and the state, so
 * that rot in cold data never stops consensus.
 */
@NullMarked
package io.sherd.archive.store;

import org.jspecify.annotations.NullMarked;
