/**
 * Delayed replication: how a decided ledger becomes pieces, and pieces a ledger again.
 *
 * <p>The algorithm is that of Hellings and Sadoghi, "Coordination-Free Byzantine Replication with Minimal Communication
 * Costs" (ICDT 2020). Cut the ledger into segments; every replica disperses each segment into n pieces of which any k
 * decode it, keeps its own piece, and proves it with a Merkle path to a root that n - f replicas signed. A reader follows
 * the path by type names:
 *
 * <pre>
 *   Request - Batch - LedgerEntry - SegmentBuilder - Segment - SegmentCodec - SegmentCompression
 *           - Disperser - Piece + Commitment - CheckpointStatement - CheckpointCertificate
 *   Learner - Reassembler - SegmentCompression - SegmentCodec - Segment - LedgerEntry
 * </pre>
 *
 * <p>Nothing here does I/O, starts a thread or reads a clock. Everything here is a pure function of the ledger, so that
 * correct replicas make the same bytes. {@code docs/FORMATS.md} lists every layout; the golden files of the tests freeze
 * them.
 */
@NullMarked
package io.sherd.replication;

import org.jspecify.annotations.NullMarked;
