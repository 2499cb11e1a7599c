package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.state.ClientSession.Standing;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClientSessionTest {

    private static final int WINDOW = 4;

    /** With ids 7, 9 and 10 executed in a window of 4: top is 10. */
    @ParameterizedTest
    @CsvSource({
        "0, STALE",
        "1, STALE",
        "6, STALE",
        "7, EXECUTED",
        "8, NEW",
        "9, EXECUTED",
        "10, EXECUTED",
        "11, NEW",
        "14, NEW",
        "15, JUMP",
        "9223372036854775807, JUMP"
    })
    void standingOfAnIdInTheMiddleOfAHistory(long id, Standing expected) {
        assertThat(session(7, 9, 10).standingOf(id)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, STALE", "1, NEW", "4, NEW", "5, JUMP"})
    void standingOfAFirstId(long id, Standing expected) {
        assertThat(new ClientSession(WINDOW).standingOf(id)).isEqualTo(expected);
    }

    @Test
    void windowMovesWithTheHighestIdAndForgetsWhatIsBelow() {
        ClientSession session = session(7, 8, 9, 10);

        session.executed(12, result(12));

        assertThat(session.resultOf(8)).isEmpty();
        assertThat(session.standingOf(8)).isEqualTo(Standing.STALE);
        assertThat(session.resultOf(9)).contains(result(9));
        assertThat(session.standingOf(11)).isEqualTo(Standing.NEW);
    }

    @Test
    void lateIdInsideTheWindowDoesNotMoveIt() {
        ClientSession session = session(10);

        session.executed(8, result(8));

        assertThat(session.standingOf(14)).isEqualTo(Standing.NEW);
        assertThat(session.standingOf(15)).isEqualTo(Standing.JUMP);
        assertThat(session.resultOf(8)).contains(result(8));
    }

    @Test
    void encodingIsFrozen() {
        ClientSession session = session(3);
        session.executed(5, new KeptResult.Whole(77, Bytes.wrap(new byte[] {9})));

        assertThat(session.encoded().hex())
                .isEqualTo("0000000000000005" + "00000002"
                        + ("0002" + "00" + "0000000000000033" + "00000008" + "0000000000000003")
                        + ("0000" + "00" + "000000000000004d" + "00000001" + "09"));
    }

    @Test
    void randomSessionsAreThoseOfThePlainTableAndSurviveTheirEncoding() throws Exception {
        long seed = Long.getLong("sherd.seed", 21);
        Random random = new Random(seed);
        int window = 6;
        ClientSession session = new ClientSession(window);
        TreeMap<Long, KeptResult> all = new TreeMap<>();
        for (int step = 0; step < 400; step++) {
            long top = all.isEmpty() ? 0 : all.lastKey();
            long id = Math.max(0, top - 9 + random.nextInt(20));
            Standing expected = id <= top - window || id == 0
                    ? Standing.STALE
                    : id > top + window ? Standing.JUMP : all.containsKey(id) ? Standing.EXECUTED : Standing.NEW;
            assertThat(session.standingOf(id))
                    .as("step %d of -Dsherd.seed=%d", step, seed)
                    .isEqualTo(expected);
            if (expected == Standing.EXECUTED) {
                assertThat(session.resultOf(id)).contains(all.get(id));
            }
            if (expected == Standing.NEW) {
                KeptResult result = KeptResult.of(step, Bytes.wrap(new byte[random.nextInt(8)]), 4);
                session.executed(id, result);
                all.put(id, result);
            }
            if (!all.isEmpty()) {
                Bytes encoded = session.encoded();
                session = ClientSession.decode(encoded, window);
                assertThat(session.encoded()).isEqualTo(encoded);
            }
        }
    }

    @Test
    void sessionsThatAreNotCanonicalAreRefused() {
        Map<String, Bytes> broken = new TreeMap<>(Map.of(
                "ids not ascending", encoded(9, 1, 2),
                "an id twice", encoded(9, 1, 1, 0),
                "an id below the window", encoded(9, 4, 0),
                "an id below 1", encoded(2, 2, 0),
                "no result of the highest id", encoded(9, 2, 1),
                "no result at all", encoded(9),
                "more results than the window", encoded(9, 3, 2, 1, 0, 0)));
        broken.forEach((what, bytes) -> assertThatThrownBy(() -> ClientSession.decode(bytes, WINDOW))
                .as(what)
                .isInstanceOf(WireFormatException.class));
        Bytes longer = Bytes.wrap(java.util.Arrays.copyOf(
                encoded(9, 0).toByteArray(), encoded(9, 0).size() + 1));
        assertThatThrownBy(() -> ClientSession.decode(longer, WINDOW)).isInstanceOf(WireFormatException.class);
    }

    private static Bytes encoded(long top, int... backs) {
        ByteWriter writer = new ByteWriter().u64(top).u32(backs.length);
        for (int back : backs) {
            result(1).encode(writer.u16(back));
        }
        return writer.toBytes();
    }

    private static ClientSession session(long... ids) {
        ClientSession session = new ClientSession(WINDOW);
        for (long id : ids) {
            session.executed(id, result(id));
        }
        return session;
    }

    private static KeptResult result(long id) {
        return new KeptResult.Whole(id + 48, new ByteWriter().u64(id).toBytes());
    }

    @Test
    void largeResultIsKeptAsItsHash() {
        assertThat(List.of(KeptResult.of(1, Bytes.wrap(new byte[4]), 4), KeptResult.of(2, Bytes.wrap(new byte[5]), 4)))
                .containsExactly(
                        new KeptResult.Whole(1, Bytes.wrap(new byte[4])),
                        new KeptResult.TooLarge(2, io.sherd.merkle.Sha256.of(new byte[5])));
    }
}
