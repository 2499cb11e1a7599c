package io.sherd.consensus.transport;

import java.util.concurrent.atomic.LongAdder;

/** What is counted of one peer. */
final class Counters {

    final LongAdder links = new LongAdder();
    final LongAdder messagesIn = new LongAdder();
    final LongAdder messagesOut = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final LongAdder dropped = new LongAdder();
    final LongAdder refused = new LongAdder();
}
