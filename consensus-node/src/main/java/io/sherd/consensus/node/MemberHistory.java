package io.sherd.consensus.node;

import io.sherd.consensus.wire.MemberTables;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The member tables of all epochs so far, in memory: a table of four replicas takes about a KiB, and an epoch lasts as long
 * as no key, address or directory changes. Thread-safe.
 */
final class MemberHistory implements MemberTables {

    private volatile List<MemberTable> tables;

    /** The tables from the genesis's on; closings follow each other without a gap. */
    MemberHistory(MemberTable founding, List<ClosedEpoch> closings) {
        List<MemberTable> all = new ArrayList<>(List.of(founding));
        closings.forEach(closed -> all.add(closed.next()));
        this.tables = List.copyOf(all);
    }

    /** The next epoch began; nothing happens if that is known. */
    synchronized void opened(ClosedEpoch closed) {
        if (closed.next().epoch() == tables.size()) {
            List<MemberTable> all = new ArrayList<>(tables);
            all.add(closed.next());
            tables = List.copyOf(all);
        }
    }

    @Override
    public MemberTable current() {
        return tables.getLast();
    }

    @Override
    public Optional<MemberTable> ofEpoch(long epoch) {
        List<MemberTable> known = tables;
        return epoch >= 0 && epoch < known.size() ? Optional.of(known.get((int) epoch)) : Optional.empty();
    }
}
