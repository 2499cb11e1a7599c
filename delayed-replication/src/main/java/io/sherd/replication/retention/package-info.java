/**
 * The retention rule: nothing sealed is ever lost (docs/DESIGN.md, section 5), as a piece of logic without a disk.
 *
 * <p>{@link io.sherd.replication.retention.Holding} is what one replica keeps of one sealed segment, with every step that it may take:
 *
 * <pre>
 *   full bytes ── stable, own piece and all owed hints durable ──▶ pieces only
 *       │                                                             │
 *       └── a receipt comes: that replica's hint is not owed, or goes ┘
 * </pre>
 *
 * <p>A <i>receipt</i> is a replica's word that its own piece is durable; a <i>hint</i> is the piece of a replica whose receipt is
 * not held. Nobody owes hints to a replica that joined again after the segment was sealed: it is <i>exempt</i>, and counts among
 * the f until it is whole again.
 *
 * <p>Why that is enough: of any n - f correct replicas each has its own piece, or never sent a receipt and never joined again since; then
 * whoever dropped the full bytes holds its piece. So n - f different pieces, or the full bytes, can always be reached. The tests search
 * every state of a small cluster for one where that is not so, and walk at random through larger ones.
 *
 * <p>{@link io.sherd.replication.retention.Slack} says of the replicas that can be reached how many more may go.
 */
@NullMarked
package io.sherd.replication.retention;

import org.jspecify.annotations.NullMarked;
