package io.sherd.consensus.client;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;

/**
 * A client's streams, one to each replica, where the newest member table says that it is reached. That table is looked for when a
 * replica speaks of a later epoch, or nobody answers; what is found proves itself. Thread-safe.
 */
final class ReplicaStreams implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final long BETWEEN_SEARCHES_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final BiFunction<Integer, Member, ReplicaStream> opening;
    private final MemberSearch search;
    private final AtomicBoolean searching = new AtomicBoolean();
    private volatile List<ReplicaStream> streams;
    private volatile long searchedNanos = System.nanoTime() - BETWEEN_SEARCHES_NANOS;

    // Guarded by this.
    private MemberTable members;
    private boolean closed;

    /** Streams to where the genesis says, none of them open yet. */
    ReplicaStreams(Genesis genesis, BiFunction<Integer, Member, ReplicaStream> opening) {
        this.opening = opening;
        this.search = new MemberSearch(genesis, new Ed25519Verifier());
        this.members = genesis.members();
        List<ReplicaStream> all = new ArrayList<>();
        for (int replica = 0; replica < members.members().size(); replica++) {
            all.add(opening.apply(replica, members.member(replica)));
        }
        this.streams = List.copyOf(all);
    }

    /** All of them, by replica. */
    List<ReplicaStream> all() {
        return streams;
    }

    /** A replica says in which epoch it is. */
    void heard(long epoch) {
        if (epoch > epoch()) {
            look();
        }
    }

    /** Looks for a later member table, beside everything else, unless that was done a moment ago. */
    void look() {
        if (System.nanoTime() - searchedNanos < BETWEEN_SEARCHES_NANOS || !searching.compareAndSet(false, true)) {
            return;
        }
        var _ = Thread.startVirtualThread(() -> {
            try {
                var _ = search.search(PATIENCE);
                follow(search.members());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                searchedNanos = System.nanoTime();
                searching.set(false);
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        streams.forEach(ReplicaStream::close);
    }

    private synchronized long epoch() {
        return members.epoch();
    }

    private synchronized void follow(MemberTable next) {
        if (closed || next.epoch() <= members.epoch()) {
            return;
        }
        List<ReplicaStream> all = new ArrayList<>(streams);
        for (int replica = 0; replica < all.size(); replica++) {
            Member before = members.member(replica);
            Member now = next.member(replica);
            if (!before.edgeAddress().equals(now.edgeAddress())
                    || !before.tlsPin().equals(now.tlsPin())) {
                all.set(replica, opening.apply(replica, now)).close();
            }
        }
        members = next;
        streams = List.copyOf(all);
    }
}
