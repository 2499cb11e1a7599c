package io.sherd.consensus.ledger;

import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.segment.Segment;
import java.util.Optional;

/**
 * A closed segment with what its checkpoint statement binds besides it.
 *
 * @param segment what to disperse and store
 * @param epoch the epoch that it was decided in
 * @param stateSequence the position of the last state checkpoint strictly before its closing; 0 if none
 * @param stateRoot the root at that position
 * @param nextMembers the next epoch's member table, if the closing ends its epoch
 */
record SealOrder(
        Segment segment, long epoch, long stateSequence, Digest stateRoot, Optional<MemberTable> nextMembers) {}
