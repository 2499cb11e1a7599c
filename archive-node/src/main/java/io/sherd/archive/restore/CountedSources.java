package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.replication.genesis.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Sources, and what came from them in all. Thread-safe. */
final class CountedSources implements SourceDirectory {

    private final SourceDirectory directory;
    private final List<LedgerSource> opened = new ArrayList<>();

    CountedSources(SourceDirectory directory) {
        this.directory = directory;
    }

    @Override
    public synchronized Optional<LedgerSource> open(int replica, Member member) {
        Optional<LedgerSource> source = directory.open(replica, member);
        source.ifPresent(opened::add);
        return source;
    }

    /** Bytes received, by replica. */
    synchronized SortedMap<Integer, Long> bytesReceived() {
        SortedMap<Integer, Long> bytes = new TreeMap<>();
        opened.forEach(source -> bytes.merge(source.replica(), source.bytesReceived(), Long::sum));
        return bytes;
    }

    /** Bytes received from all together. */
    synchronized long totalBytesReceived() {
        return opened.stream().mapToLong(LedgerSource::bytesReceived).sum();
    }
}
