package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait to be executed, in the order in which they arrived. Bounded in number and in bytes; a replica has at
 * most one REJOIN in it, and there is at most one admin's change, so that none can crowd others out. Clients take turns ({@link ClientTurns}): when the queue is full,
 * the latest operation of the client that has most waiting makes room for one that has less, and for a REJOIN. Its client asks
 * again.
 *
 * <p>A request is <em>waiting</em> until it is seen in a proposal of the current view, and <em>pending</em> until it is handed
 * to execution. What was executed lately is remembered, so that a request that arrives late is not ordered again; what slips
 * through is a no-op by the reply table.
 */
final class RequestQueue {

    /** Executed requests that are remembered. */
    static final int MAX_REMEMBERED = 1 << 14;

    private static final long NEVER = Long.MIN_VALUE / 2;

    /** One request that waits to be executed. */
    static final class Pending {
        private final Request request;
        private final Digest digest;
        private final long arrivedTick;
        private boolean mine;
        private long relayedTick = NEVER;
        private long relayedAgainTick = NEVER;
        private long relayedToAllTick = NEVER;

        private Pending(Request request, Digest digest, long arrivedTick, boolean mine) {
            this.request = request;
            this.digest = digest;
            this.arrivedTick = arrivedTick;
            this.mine = mine;
        }

        Request request() {
            return request;
        }

        Digest digest() {
            return digest;
        }

        long arrivedTick() {
            return arrivedTick;
        }

        /** Since when the primary of the current view must know it: it was relayed twice. The first time it may have had no room. */
        boolean isKnownSince(long tick) {
            return relayedAgainTick != NEVER && relayedAgainTick <= tick;
        }

        private void relayed(long now) {
            if (relayedTick != NEVER && relayedAgainTick == NEVER) {
                relayedAgainTick = now;
            }
            relayedTick = now;
        }
    }

    /** What an operation is executed as, at most once. */
    private record OperationId(VerifyingKey client, long id) {
        static OperationId of(Request.Operation operation) {
            return new OperationId(operation.client(), operation.id());
        }
    }

    private final int maxRequests;
    private final long maxBytes;
    private final LinkedHashMap<Digest, Pending> pending = new LinkedHashMap<>();
    private final LinkedHashMap<Digest, Pending> waiting = new LinkedHashMap<>();
    private final ClientTurns turns = new ClientTurns();
    /** One operation of an id is pending at most: whichever is executed first, the others of that id never are. */
    private final Map<OperationId, Digest> operations = new LinkedHashMap<>();

    private final TreeMap<Integer, Pending> rejoins = new TreeMap<>();
    /** An admin's change; whichever is ordered first voids the others of its epoch. */
    private @Nullable Pending change;

    private final LinkedHashSet<Digest> remembered = new LinkedHashSet<>();
    private long bytes;

    RequestQueue(int maxRequests, long maxBytes) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
    }

    int size() {
        return pending.size();
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    boolean isPending(Digest digest) {
        return pending.containsKey(digest);
    }

    /** Adds a request, {@code mine} if this replica is the one to relay it; returns why not, or null. */
    @Nullable
    IgnoreReason offer(Request request, Digest digest, long tick, boolean mine) {
        Pending known = pending.get(digest);
        if (known != null) {
            known.mine |= mine;
            return IgnoreReason.DUPLICATE;
        }
        if (remembered.contains(digest)) {
            return IgnoreReason.DUPLICATE;
        }
        if (request instanceof Request.Rejoin rejoin && rejoins.containsKey(rejoin.replica())) {
            return IgnoreReason.CONFLICTING;
        }
        if (request instanceof Request.Change && change != null) {
            return IgnoreReason.CONFLICTING;
        }
        if (request instanceof Request.Operation operation && operations.containsKey(OperationId.of(operation))) {
            return IgnoreReason.CONFLICTING;
        }
        int size = request.encoded().size();
        if (!hasRoomFor(request, size)) {
            return IgnoreReason.QUEUE_FULL;
        }
        Pending added = new Pending(request, digest, tick, mine);
        pending.put(digest, added);
        await(added);
        if (request instanceof Request.Rejoin rejoin) {
            rejoins.put(rejoin.replica(), added);
        }
        if (request instanceof Request.Change) {
            change = added;
        }
        if (request instanceof Request.Operation operation) {
            operations.put(OperationId.of(operation), digest);
        }
        bytes += size;
        return null;
    }

    /** A batch was proposed in the current view: its requests wait no longer. */
    void proposed(Batch batch) {
        for (Request request : batch.requests()) {
            unawait(request);
            if (request instanceof Request.Operation operation) {
                turns.hadTurn(operation.client());
            }
        }
    }

    /** A batch was handed to execution: its requests are done. */
    void executed(Batch batch) {
        for (Request request : batch.requests()) {
            Digest digest = request.digest();
            if (!(request instanceof Request.Seal)) {
                remember(digest);
            }
            remove(digest);
            if (request instanceof Request.Operation operation) {
                Digest other = operations.get(OperationId.of(operation));
                if (other != null) {
                    remove(other);
                }
            }
        }
    }

    /** Another view or epoch begins: what is pending waits for a proposal again, in the order of arrival. */
    void newView() {
        waiting.clear();
        turns.clear();
        pending.values().forEach(request -> {
            await(request);
            request.relayedTick = NEVER;
            request.relayedAgainTick = NEVER;
            request.relayedToAllTick = NEVER;
        });
    }

    /** Drops requests that can not be executed any more. */
    void removeIf(Predicate<Request> obsolete) {
        for (Pending candidate : List.copyOf(pending.values())) {
            if (obsolete.test(candidate.request)) {
                remove(candidate.digest);
            }
        }
    }

    /** Takes operations that wait, one of each client after the other, until a batch is full. */
    List<Request> gatherOperations(long batchBytes) {
        return turns.gather(batchBytes);
    }

    /** The admin's change that waits, or null. */
    Request.@Nullable Change waitingChange() {
        Pending candidate = change;
        return candidate != null
                        && candidate.request instanceof Request.Change found
                        && waiting.containsKey(candidate.digest)
                ? found
                : null;
    }

    /** The REJOINs that wait, by replica. */
    List<Request.Rejoin> waitingRejoins() {
        List<Request.Rejoin> found = new ArrayList<>();
        for (Pending candidate : rejoins.values()) {
            if (candidate.request instanceof Request.Rejoin rejoin && waiting.containsKey(candidate.digest)) {
                found.add(rejoin);
            }
        }
        return found;
    }

    /** The request that is pending longest, of those that {@code counts}. */
    @Nullable
    Pending oldest(Predicate<Request> counts) {
        for (Pending candidate : pending.values()) {
            if (counts.test(candidate.request)) {
                return candidate;
            }
        }
        return null;
    }

    /** The operation that waits for a proposal longest. */
    @Nullable
    Pending longestWaiting() {
        for (Pending candidate : waiting.values()) {
            if (candidate.request instanceof Request.Operation) {
                return candidate;
            }
        }
        return null;
    }

    /** At most {@code limit} requests that came in here, wait for {@code patience} ticks, and were not yet relayed to the primary. */
    List<Request> takeForPrimary(long now, long patience, int limit) {
        List<Request> taken = new ArrayList<>();
        Iterator<Pending> oldest = waiting.values().iterator();
        while (oldest.hasNext() && taken.size() < limit) {
            Pending candidate = oldest.next();
            if (candidate.arrivedTick > now - patience) {
                break;
            }
            if (candidate.mine && candidate.relayedTick == NEVER) {
                candidate.relayed(now);
                taken.add(candidate.request);
            }
        }
        return taken;
    }

    /**
     * At most {@code limit} operations that wait, and were not relayed for {@code patience} ticks: the one that waits longest, and
     * those that came in here.
     */
    List<Request> takeAgain(long now, long patience, int limit) {
        List<Request> taken = new ArrayList<>();
        boolean oldest = true;
        for (Pending candidate : waiting.values()) {
            if (candidate.arrivedTick > now - patience || taken.size() == limit) {
                break;
            }
            if (candidate.request instanceof Request.Operation) {
                if ((oldest || candidate.mine) && candidate.relayedTick <= now - patience) {
                    candidate.relayed(now);
                    taken.add(candidate.request);
                }
                oldest = false;
            }
        }
        return taken;
    }

    /**
     * At most {@code limit} requests that are pending for {@code patience} ticks and that everybody should know: those that
     * came in here and wait, once in a view; and whatever is pending longest, again and again. For that one this replica is
     * about to ask for another view, and if nobody else misses it, it would ask alone.
     */
    List<Request> takeForAll(long now, long patience, int limit) {
        List<Request> taken = new ArrayList<>();
        boolean oldest = true;
        for (Pending candidate : pending.values()) {
            if (candidate.arrivedTick > now - patience || taken.size() == limit) {
                break;
            }
            boolean due = oldest
                    ? now - candidate.relayedToAllTick >= patience
                    : candidate.mine && candidate.relayedToAllTick == NEVER && waiting.containsKey(candidate.digest);
            if (due) {
                candidate.relayed(now);
                candidate.relayedToAllTick = now;
                taken.add(candidate.request);
            }
            oldest = false;
        }
        return taken;
    }

    private void await(Pending added) {
        waiting.put(added.digest, added);
        if (added.request instanceof Request.Operation operation) {
            turns.add(added.digest, operation);
        }
    }

    private void unawait(Request request) {
        Digest digest = request.digest();
        waiting.remove(digest);
        if (request instanceof Request.Operation operation) {
            turns.remove(digest, operation);
        }
    }

    /** Lets the latest operations of those who have most in line go, for a client that has less, or for what ends an epoch. */
    private boolean hasRoomFor(Request request, int size) {
        while (pending.size() >= maxRequests || bytes + size > maxBytes) {
            ClientTurns.Share full =
                    pending.size() >= maxRequests ? ClientTurns.Share.OPERATIONS : ClientTurns.Share.BYTES;
            Request.Operation crowdedOut = turns.crowdedOutBy(request, full);
            if (crowdedOut == null) {
                return false;
            }
            remove(crowdedOut.digest());
        }
        return true;
    }

    private void remove(Digest digest) {
        Pending removed = pending.remove(digest);
        if (removed != null) {
            unawait(removed.request);
            if (removed.request instanceof Request.Rejoin rejoin) {
                rejoins.remove(rejoin.replica());
            }
            if (removed == change) {
                change = null;
            }
            if (removed.request instanceof Request.Operation operation) {
                operations.remove(OperationId.of(operation));
            }
            bytes -= removed.request.encoded().size();
        }
    }

    private void remember(Digest digest) {
        remembered.add(digest);
        if (remembered.size() > MAX_REMEMBERED) {
            remembered.removeFirst();
        }
    }
}
