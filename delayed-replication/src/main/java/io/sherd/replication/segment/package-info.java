/**
 * Segments: runs of consecutive entries, the unit that is compressed, dispersed, proved, stored and fetched.
 *
 * <p>Where a segment ends is a pure function of the ledger ({@link io.sherd.replication.segment.SegmentBuilder}), its bytes
 * are a pure function of its entries ({@link io.sherd.replication.segment.SegmentCodec}), and its compressed bytes are a
 * pure function of those ({@link io.sherd.replication.segment.SegmentCompression}): so all correct replicas make the same
 * pieces and sign the same root.
 */
@NullMarked
package io.sherd.replication.segment;

import org.jspecify.annotations.NullMarked;
