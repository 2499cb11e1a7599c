/**
 * The client library: signs operations, hands them to the replicas and accepts what f + 1 of them agree on.
 *
 * <p>{@link io.sherd.consensus.client.SherdClient} keeps one stream to each replica. An operation goes to the replica that
 * is believed to be the primary, and to all of them when no result comes in time. A replica executes an id of a client at
 * most once, so sending an operation again is always safe. Nothing here needs a database, and nothing a single replica says
 * is believed.
 */
@NullMarked
package io.sherd.consensus.client;

import org.jspecify.annotations.NullMarked;
