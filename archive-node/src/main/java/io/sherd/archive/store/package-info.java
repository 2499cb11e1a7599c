/**
 * What a replica keeps of the ledger: its own piece of every segment with what proves it, and the bytes it must not drop yet.
 *
 * <p>A {@link io.sherd.archive.store.DataDirectory} is one replica's, held by one process. In it,
 * {@link io.sherd.archive.store.PieceStore} is one RocksDB under {@code archive/}, apart from the votes and the state, so
 * that rot in cold data never stops consensus. Whatever opens a database does it through
 * {@link io.sherd.archive.store.RocksDatabase}, which refuses where RocksDB would quietly go on with less.
 *
 * <p>What goes wrong has a type of its own: {@link io.sherd.archive.store.StoreException} for the disk,
 * {@link io.sherd.archive.store.StoreCorruptException} for what is not what was written, and one each for a directory that
 * is absent, in use, somebody else's, or of another format.
 */
@NullMarked
package io.sherd.archive.store;

import org.jspecify.annotations.NullMarked;
