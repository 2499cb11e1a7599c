package io.sherd.archive.learner;

import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The sources of one member table, exchanged where a new table has other keys or addresses. Thread-safe. */
public final class ConnectedSources implements AutoCloseable {

    private final SourceDirectory directory;
    private final SortedMap<Integer, Member> members = new TreeMap<>();
    private final SortedMap<Integer, LedgerSource> open = new TreeMap<>();
    private final SortedMap<Integer, Long> bytesOfClosed = new TreeMap<>();

    /** No sources yet. */
    public ConnectedSources(SourceDirectory directory) {
        this.directory = directory;
    }

    /** Lets go of the sources whose replica is reached otherwise from now on, and opens them anew. */
    public synchronized void follow(MemberTable table) {
        for (int replica = 0; replica < table.members().size(); replica++) {
            Member next = table.member(replica);
            Member before = members.put(replica, next);
            if (before != null && isReachedAlike(before, next)) {
                continue;
            }
            closeOne(replica);
            int number = replica;
            directory.open(replica, next).ifPresent(source -> open.put(number, source));
        }
    }

    /** The source that stands for a replica, if there is one. */
    public synchronized Optional<LedgerSource> source(int replica) {
        return Optional.ofNullable(open.get(replica));
    }

    /** All sources, by replica. */
    public synchronized List<LedgerSource> all() {
        return List.copyOf(open.values());
    }

    /** Bytes received so far by replica, those from sources that were let go included. */
    public synchronized SortedMap<Integer, Long> bytesReceived() {
        SortedMap<Integer, Long> bytes = new TreeMap<>(bytesOfClosed);
        open.forEach((replica, source) -> bytes.merge(replica, source.bytesReceived(), Long::sum));
        return bytes;
    }

    @Override
    public synchronized void close() {
        new TreeMap<>(open).keySet().forEach(this::closeOne);
    }

    private void closeOne(int replica) {
        LedgerSource source = open.remove(replica);
        if (source != null) {
            source.close();
            bytesOfClosed.merge(replica, source.bytesReceived(), Long::sum);
        }
    }

    private static boolean isReachedAlike(Member before, Member next) {
        return before.edgeAddress().equals(next.edgeAddress())
                && before.tlsPin().equals(next.tlsPin());
    }
}
