/**
 * Canonical bytes: big-endian integers, fixed field orders, lengths that are checked before anything is allocated.
 *
 * <p>A value has one encoding. {@link io.sherd.replication.wire.ByteWriter} makes it, and
 * {@link io.sherd.replication.wire.ByteReader} refuses every other one with a
 * {@link io.sherd.replication.wire.WireFormatException}. What is kept in a file of its own is wrapped in a
 * {@link io.sherd.replication.wire.StoredRecord}: magic, kind, version, length, payload, checksum.
 */
@NullMarked
package io.sherd.replication.wire;

import org.jspecify.annotations.NullMarked;
