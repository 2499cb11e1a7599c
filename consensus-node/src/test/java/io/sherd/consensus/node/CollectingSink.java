package io.sherd.consensus.node;

import io.sherd.archive.learner.LedgerSink;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.piece.Reassembler;
import java.util.ArrayList;
import java.util.List;

/** Keeps what was learnt, in memory. */
final class CollectingSink implements LedgerSink {

    final List<Request.Operation> operations = new ArrayList<>();
    private final Genesis genesis;

    CollectingSink(Genesis genesis) {
        this.genesis = genesis;
    }

    @Override
    public LearnerProgress resume() {
        return LearnerProgress.start(genesis);
    }

    @Override
    public void accept(Reassembler.Reassembled segment, LearnerProgress after) {
        for (LedgerEntry entry : segment.segment().entries()) {
            for (Request request : entry.batch().requests()) {
                if (request instanceof Request.Operation operation) {
                    operations.add(operation);
                }
            }
        }
    }

    @Override
    public void sync() {}

    @Override
    public void close() {}
}
