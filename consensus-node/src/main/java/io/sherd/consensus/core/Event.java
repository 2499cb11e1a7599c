package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Request;
import java.util.Optional;

/** What can happen to a replica. */
public sealed interface Event {

    /** One tick of the only clock there is. */
    record Tick() implements Event {}

    /**
     * A message arrived. Its link is authenticated, and the signature of a signed message is its sender's: both were
     * checked at the edge. What is inside (certificates, proofs, relayed requests) was not. A {@link Message.Forward} of a
     * request that the reply table has an answer to never comes here: it would be pending for ever.
     *
     * @param sender the peer at the other end of the link
     * @param message what it says
     */
    record Arrived(int sender, Message message) implements Event {}

    /**
     * A request that the edge verified came from a client, and the reply table has no answer to it yet; or this replica's own
     * REJOIN.
     *
     * @param request to be ordered
     */
    record Submitted(Request request) implements Event {}

    /**
     * An entry that {@link Effect.Execute} asked for is executed.
     *
     * @param sequence its position
     * @param closing whether it closed a segment
     * @param stateCheckpoint whether that closing is also a state checkpoint
     */
    record Executed(long sequence, boolean closing, boolean stateCheckpoint) implements Event {}

    /**
     * The segment of a closing is sealed and this replica's own piece of it is durable: the statement may be signed. Comes
     * after {@link Executed} of its closing, in the order of positions. After a start it comes again for every closing above
     * {@link Recovered#stable}: a statement is a function of the ledger, so that signing it again says nothing new, and no
     * record of it is persisted.
     *
     * @param statement what to sign
     * @param nextMembers the next epoch's member table, when the closing ends its epoch
     */
    record CheckpointReady(CheckpointStatement statement, Optional<MemberTable> nextMembers) implements Event {}
}
