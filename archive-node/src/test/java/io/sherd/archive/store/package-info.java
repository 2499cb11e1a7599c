/**
 * Tests of what a replica keeps: one contract for every {@link io.sherd.archive.store.PieceStore}, and for the one on disk
 * what happens to it when the disk, or somebody, changes its files.
 */
@NullMarked
package io.sherd.archive.store;

import org.jspecify.annotations.NullMarked;
