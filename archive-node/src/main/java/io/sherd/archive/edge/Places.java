package io.sherd.archive.edge;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The places at the edge for guests of one kind: connections, questions or streams. Who gives way when all are taken is decided
 * here, and nowhere else.
 *
 * <p>A guest is idle until it is <em>engaged</em>: a question while it is answered, a stream once a listed client has proved
 * itself on it, a connection while one of its calls is engaged. An engaged guest keeps its place. When all places are taken,
 * the newcomer gets that of an idle guest:
 *
 * <ol>
 *   <li>of one from the address that has most idle guests, so that a crowd at one address displaces itself first. Many honest
 *       guests may share an address: there is no share that they could exceed, and the engaged do not count;
 *   <li>of these, of one that never was engaged before one that was; then of the one that is idle longest;
 *   <li>where the newcomer's own address has as many as any, only of one that is idle for longer than the patience: a crowd
 *       whose guests are idle for moments would else end each other's work.
 * </ol>
 *
 * <p>Where nobody gives way the newcomer is refused. One holder engages a bounded number of guests: with one more, the one of
 * them that it engaged first is idle again. Thread-safe.
 */
final class Places {

    /** Who has a place, or asks for one. Its fields are guarded by the places that it has one of. */
    abstract static class Guest {

        private final Object origin;
        private @Nullable Object holder;
        private boolean engaged;
        private boolean wasEngaged;
        private long sinceNanos;

        /** One who comes from an address. */
        Guest(@Nullable SocketAddress address) {
            this.origin = originOf(address);
        }

        /** It has lost its place: end it. Called without a lock. */
        abstract void giveWay();

        /** It is engaged now, or not any more. Called under the lock of its places. */
        void engagementChanged(boolean nowEngaged) {}
    }

    private static final int SUBNET_BYTES = 8;

    private static final Comparator<Guest> FIRST_TO_GO =
            Comparator.comparing((Guest guest) -> guest.wasEngaged).thenComparingLong(guest -> guest.sinceNanos);

    private final int limit;
    private final int perHolder;
    private final long patienceNanos;
    private final LongSupplier nanoTime;
    private final Set<Guest> guests = new LinkedHashSet<>();

    /**
     * Places that are all free.
     *
     * @param limit how many there are
     * @param perHolder how many of them one holder engages
     * @param patienceNanos how long guests of one address are safe from each other
     * @param nanoTime a clock that never goes back
     */
    Places(int limit, int perHolder, long patienceNanos, LongSupplier nanoTime) {
        this.limit = limit;
        this.perHolder = perHolder;
        this.patienceNanos = patienceNanos;
        this.nanoTime = nanoTime;
    }

    /** Gives a newcomer a place, another's if need be; false if there is none for it. */
    boolean admit(Guest newcomer) {
        Guest displaced = null;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            if (guests.size() >= limit) {
                displaced = firstToGo(newcomer, now);
                if (displaced == null) {
                    return false;
                }
                guests.remove(displaced);
            }
            newcomer.sinceNanos = now;
            guests.add(newcomer);
        }
        if (displaced != null) {
            displaced.giveWay();
        }
        return true;
    }

    /** A guest is gone, or had no place; its place is free. */
    synchronized void leave(Guest guest) {
        setEngaged(guest, false);
        guests.remove(guest);
    }

    /** A guest is of use by itself. */
    synchronized void engage(Guest guest) {
        setEngaged(guest, true);
    }

    /** A guest is of use to a holder. */
    synchronized void engage(Guest guest, Object holder) {
        if (guest.engaged || !guests.remove(guest)) {
            return;
        }
        // Behind those that the holder engaged before.
        guests.add(guest);
        guest.holder = holder;
        setEngaged(guest, true);
        List<Guest> held = new ArrayList<>();
        for (Guest other : guests) {
            if (other.engaged && holder.equals(other.holder)) {
                held.add(other);
            }
        }
        if (held.size() > perHolder) {
            release(held.getFirst());
        }
    }

    /** A guest is idle from now on. */
    synchronized void release(Guest guest) {
        guest.sinceNanos = nanoTime.getAsLong();
        setEngaged(guest, false);
    }

    private void setEngaged(Guest guest, boolean engaged) {
        if (guest.engaged != engaged) {
            guest.engaged = engaged;
            guest.wasEngaged |= engaged;
            guest.engagementChanged(engaged);
        }
    }

    private @Nullable Guest firstToGo(Guest newcomer, long now) {
        Map<Object, Integer> idle = new HashMap<>();
        int most = 0;
        for (Guest guest : guests) {
            if (!guest.engaged) {
                most = Math.max(most, idle.merge(guest.origin, 1, Integer::sum));
            }
        }
        boolean amongItsOwn = idle.getOrDefault(newcomer.origin, 0) == most;
        Guest first = null;
        for (Guest guest : guests) {
            boolean mayGo = !guest.engaged
                    && idle.getOrDefault(guest.origin, 0) == most
                    && (!amongItsOwn || now - guest.sinceNanos >= patienceNanos);
            if (mayGo && (first == null || FIRST_TO_GO.compare(guest, first) < 0)) {
                first = guest;
            }
        }
        return first;
    }

    /** Who is taken for one: an address, with IPv6 a network of 64 bits, since everybody there has all of it. */
    private static Object originOf(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress known) || known.getAddress() == null) {
            return "nowhere";
        }
        InetAddress host = known.getAddress();
        byte[] bytes = host.getAddress();
        return ByteBuffer.wrap(host instanceof Inet6Address ? Arrays.copyOf(bytes, SUBNET_BYTES) : bytes);
    }
}
