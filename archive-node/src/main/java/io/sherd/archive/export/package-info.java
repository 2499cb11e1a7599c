/**
 * A run of the ledger's segments in one file that proves itself to whoever has the genesis: to be kept anywhere, checked offline, and
 * read again by a restore or a learner.
 *
 * <pre>
 *   record of kind EXPORT: range proof | commitments, 208 each | CRC-32C of them | (compressed segment | CRC-32C of it)*
 * </pre>
 *
 * <p>{@link io.sherd.archive.export.Exporter} writes one from any sources, {@link io.sherd.archive.export.ExportFile} reads it by
 * segment, {@link io.sherd.archive.export.ExportVerifier} checks all of it, and {@link io.sherd.archive.export.ExportedPieces} lets
 * others read it as the archive of a replica that holds every segment whole.
 */
@NullMarked
package io.sherd.archive.export;

import org.jspecify.annotations.NullMarked;
