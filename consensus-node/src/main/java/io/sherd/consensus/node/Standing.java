package io.sherd.consensus.node;

import io.sherd.replication.genesis.MemberTable;

/**
 * Where a replica stands, for what it tells clients.
 *
 * @param view its view
 * @param active whether it takes part: not while it rejoins
 * @param members the member table of its epoch
 */
public record Standing(long view, boolean active, MemberTable members) {}
