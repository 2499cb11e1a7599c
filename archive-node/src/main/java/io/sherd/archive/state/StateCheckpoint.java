package io.sherd.archive.state;

import io.sherd.merkle.Digest;

/**
 * A state as replicas agree on it.
 *
 * @param sequence the position after which it is the state; 0 before the first entry
 * @param root the root over all of it
 */
public record StateCheckpoint(long sequence, Digest root) {}
