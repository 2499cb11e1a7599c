package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RecentValuesTest {

    private static final Optional<Bytes> VALUE = Optional.of(Bytes.wrap(new byte[1000]));

    private static final Optional<Bytes> OTHER = Optional.of(Bytes.wrap(new byte[] {1}));

    private static final RecentValues.Source NEVER_ASKED = key -> {
        throw new AssertionError("asked for " + key.hex());
    };

    @Test
    void asksOnceForWhatItDoesNotKnow() throws StoreException {
        RecentValues recent = new RecentValues(10_000);

        assertThat(recent.get(key(1), _ -> VALUE)).isEqualTo(VALUE);
        assertThat(recent.get(key(1), NEVER_ASKED)).isEqualTo(VALUE);
    }

    @Test
    void knowsWhatWasPutLastAndThatNothingIsThere() throws StoreException {
        RecentValues recent = new RecentValues(10_000);
        recent.put(key(1), VALUE);
        recent.put(key(1), Optional.empty());

        assertThat(recent.get(key(1), NEVER_ASKED)).isEmpty();
    }

    @Test
    void staysWithinItsBoundAndForgetsWhatWasUsedLeastRecently() throws StoreException {
        RecentValues recent = new RecentValues(10_000);
        for (int number = 0; number < 8; number++) {
            recent.put(key(number), VALUE);
        }
        assertThat(recent.get(key(0), NEVER_ASKED)).isEqualTo(VALUE);

        recent.put(key(8), VALUE);

        assertThat(recent.get(key(0), NEVER_ASKED)).isEqualTo(VALUE);
        assertThat(recent.sizeBytes()).isBetween(8000L, 10_000L);
        assertThat(recent.get(key(1), _ -> OTHER)).isEqualTo(OTHER);
    }

    @Test
    void valueThatIsLargerThanTheBoundIsNotKept() throws StoreException {
        RecentValues recent = new RecentValues(100);
        recent.put(key(1), VALUE);

        assertThat(recent.get(key(1), _ -> OTHER)).isEqualTo(OTHER);
    }

    @Test
    void valueThatIsReplacedGivesItsRoomBack() {
        RecentValues recent = new RecentValues(10_000);
        recent.put(key(1), VALUE);
        long once = recent.sizeBytes();
        recent.put(key(1), VALUE);

        assertThat(recent.sizeBytes()).isEqualTo(once);
    }

    private static Bytes key(int number) {
        return new ByteWriter(4).u32(number).toBytes();
    }
}
