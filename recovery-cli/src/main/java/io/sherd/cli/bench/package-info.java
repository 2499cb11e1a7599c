/**
 * {@code sherd bench}: measures a cluster of real processes on this machine and says what one operation costs.
 *
 * <p>All processes share the machine, the load too. So the number that carries over to other machines is the processor time of
 * one operation, summed over all of them; operations per second say how many fit into the processors that are here. What is
 * measured is what is served to users: signed requests, TLS on every connection, votes forced to disk before they are sent,
 * segments dispersed and stored.
 *
 * <p>Load is a closed loop: each client has a key and connections of its own and keeps a fixed number of requests in flight.
 * A request's latency is the time from handing it to the client library until f + 1 replicas agree on its result. After a
 * warm-up come several windows; the one with the median throughput is reported, and all are listed.
 */
@NullMarked
package io.sherd.cli.bench;

import org.jspecify.annotations.NullMarked;
