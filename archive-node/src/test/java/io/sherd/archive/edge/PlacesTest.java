package io.sherd.archive.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who gives way to whom, by a clock that the tests advance. */
final class PlacesTest {

    private static final long PATIENCE = 100;
    private static final int PER_HOLDER = 2;

    private final List<Guest> displaced = new ArrayList<>();
    private long now;

    private final class Guest extends Places.Guest {
        private final List<Boolean> engagements = new ArrayList<>();

        Guest(String address) {
            super(socket(address));
        }

        @Override
        void giveWay() {
            displaced.add(this);
        }

        @Override
        void engagementChanged(boolean nowEngaged) {
            engagements.add(nowEngaged);
        }
    }

    @Test
    void theOldestIdleGuestGivesWayToANewcomer() {
        Places places = places(3, 0);
        Guest first = admitted(places, "10.0.0.1");
        admitted(places, "10.0.0.1");
        admitted(places, "10.0.0.1");

        assertThat(places.admit(new Guest("10.0.0.1"))).isTrue();

        assertThat(displaced).containsExactly(first);
    }

    @Test
    void engagedGuestsKeepTheirPlacesAndANewcomerIsRefusedWhereAllAre() {
        Places places = places(2, 0);
        Guest first = admitted(places, "10.0.0.1");
        Guest second = admitted(places, "10.0.0.1");
        places.engage(first, "client");

        Guest third = admitted(places, "10.0.0.2");
        assertThat(displaced).containsExactly(second);

        places.engage(third, "other client");
        assertThat(places.admit(new Guest("10.0.0.3"))).isFalse();
        places.leave(first);
        assertThat(places.admit(new Guest("10.0.0.3"))).isTrue();
        assertThat(displaced).containsExactly(second);
    }

    @Test
    void theAddressWithMostIdleGuestsGivesWayHoweverNewTheyAre() {
        Places places = places(4, PATIENCE);
        admitted(places, "10.0.0.1");
        Guest crowded = admitted(places, "10.0.0.2");
        admitted(places, "10.0.0.2");
        admitted(places, "10.0.0.2");

        assertThat(places.admit(new Guest("10.0.0.3"))).isTrue();

        assertThat(displaced).containsExactly(crowded);
    }

    @Test
    void engagedGuestsDoNotCountForTheirAddress() {
        Places places = places(5, 0);
        for (String client : List.of("a", "b", "c")) {
            places.engage(admitted(places, "10.0.0.1"), client);
        }
        admitted(places, "10.0.0.1");
        Guest idle = admitted(places, "10.0.0.2");
        admitted(places, "10.0.0.2");

        assertThat(displaced).hasSize(1).doesNotContain(idle);
        assertThat(places.admit(new Guest("10.0.0.1"))).isTrue();

        assertThat(displaced).hasSize(2).contains(idle);
    }

    @Test
    void aCrowdIsSafeFromItselfWhileItsGuestsAreIdleForMoments() {
        Places places = places(2, PATIENCE);
        Guest first = admitted(places, "10.0.0.1");
        now += PATIENCE / 2;
        Guest second = admitted(places, "10.0.0.1");
        now += PATIENCE / 2 - 1;
        assertThat(places.admit(new Guest("10.0.0.1"))).isFalse();

        now += 1;
        places.engage(first);
        places.release(first);
        assertThat(places.admit(new Guest("10.0.0.1"))).isFalse();

        now += PATIENCE / 2;
        assertThat(places.admit(new Guest("10.0.0.1"))).isTrue();
        assertThat(displaced).containsExactly(second);
    }

    @Test
    void whoWasOfUseOnceGivesWayAfterThoseThatNeverWere() {
        Places places = places(2, 0);
        Guest known = admitted(places, "10.0.0.1");
        places.engage(known);
        places.release(known);
        now++;
        Guest unknown = admitted(places, "10.0.0.1");

        admitted(places, "10.0.0.1");

        assertThat(displaced).containsExactly(unknown);
    }

    @Test
    void oneHolderEngagesABoundedNumberAndTheFirstOfThemIsIdleAgain() {
        Places places = places(4, 0);
        List<Guest> guests = new ArrayList<>();
        for (int i = 0; i <= PER_HOLDER; i++) {
            Guest guest = admitted(places, "10.0.0.1");
            guests.add(guest);
            places.engage(guest, "client");
        }
        places.engage(admitted(places, "10.0.0.1"), "other client");

        assertThat(guests.getFirst().engagements).containsExactly(true, false);
        assertThat(places.admit(new Guest("10.0.0.1"))).isTrue();
        assertThat(displaced).containsExactly(guests.getFirst());
    }

    @Test
    void aGuestThatLeavesIsNotEngagedAnyMore() {
        Places places = places(1, 0);
        Guest guest = admitted(places, "10.0.0.1");
        places.engage(guest, "client");

        places.leave(guest);
        places.leave(guest);

        assertThat(guest.engagements).containsExactly(true, false);
        admitted(places, "10.0.0.1");
        assertThat(displaced).isEmpty();
    }

    @Test
    void anIpv6NetworkIsOneAddress() {
        Places places = places(3, 0);
        admitted(places, "10.0.0.1");
        Guest crowded = admitted(places, "2001:db8::1");
        admitted(places, "2001:db8::ffff:0:2");

        assertThat(places.admit(new Guest("2001:db8:0:1::1"))).isTrue();

        assertThat(displaced).containsExactly(crowded);
    }

    private Places places(int limit, long patience) {
        return new Places(limit, PER_HOLDER, patience, () -> now);
    }

    private Guest admitted(Places places, String address) {
        Guest guest = new Guest(address);
        assertThat(places.admit(guest)).isTrue();
        return guest;
    }

    private static InetSocketAddress socket(String address) {
        try {
            return new InetSocketAddress(InetAddress.getByName(address), 1);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
