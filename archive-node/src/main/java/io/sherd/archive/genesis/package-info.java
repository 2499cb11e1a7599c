/**
 * The genesis file: the {@link io.sherd.replication.genesis.Genesis} as JSON that people can read and check.
 *
 * <p>The file states the cluster id, and reading it computes the id again from everything else, so a file in which one
 * character was changed is refused. Every key is required, and a key that is not known is an error with its line, its column
 * and the nearest name that there is.
 */
@NullMarked
package io.sherd.archive.genesis;

import org.jspecify.annotations.NullMarked;
