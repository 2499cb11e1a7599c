/**
 * Pieces: what a segment is dispersed into. Any k of n rebuild it, and each proves itself alone.
 *
 * <p>The leaf of a piece is {@code H(0x00 | context | piece index | piece bytes)}. The context binds everything that must
 * not be swapped, so a piece cannot be passed off as another segment's, index's, epoch's or cluster's. Context and root
 * together are the commitment, and the RFC 6962 root over all commitments, the history root, is what replicas sign.
 */
@NullMarked
package io.sherd.replication.piece;

import org.jspecify.annotations.NullMarked;
