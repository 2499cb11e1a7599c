/**
 * Bringing back what a disk lost, from sources that nobody trusts.
 *
 * <ul>
 *   <li>{@link io.sherd.archive.restore.Restorer} makes a data directory anew from the genesis and {@link
 *       io.sherd.archive.restore.RestoreSources}, live replicas and what dead ones left: certificates, then the certified state, then
 *       every segment's commitment and own piece, and the full bytes of those segments that the node has yet to execute. Where nobody
 *       has the state, the segments make it. It goes on where it was interrupted, because its progress is what is in the stores.
 *   <li>{@link io.sherd.archive.restore.RestorePlanner} says beforehand what that would read and write.
 *   <li>{@link io.sherd.archive.restore.Advance} brings a directory that is only old forward in place, below the votes that it keeps.
 *   <li>{@link io.sherd.archive.restore.Repairer} makes one bad piece anew.
 *   <li>{@link io.sherd.archive.restore.Verifier} reads an archive from end to end and says what is bad in it, with {@link
 *       io.sherd.archive.restore.ContentCheck} for the content of each segment.
 * </ul>
 *
 * <p>What is restored signs nothing by itself: its identity says that it must rejoin first (docs/DESIGN.md, "Joining again").
 */
@NullMarked
package io.sherd.archive.restore;

import org.jspecify.annotations.NullMarked;
