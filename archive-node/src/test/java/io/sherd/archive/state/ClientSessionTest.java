package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.state.ClientSession.Standing;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    void leavesAreFrozen() throws Exception {
        ClientSession session = session(3);
        session.executed(17, new KeptResult.Whole(77, Bytes.wrap(new byte[] {9})));
        TreeMap<Integer, Bytes> leaves = new TreeMap<>();
        write(session, leaves);

        String block = "0000000000000001" + "01" + ("01" + "00" + "000000000000004d" + "00000001" + "09");
        assertThat(leaves)
                .as("id 3 is below the window of 4 that ends at 17")
                .isEqualTo(Map.of(
                        ClientSession.HEAD,
                        head(17),
                        1,
                        Bytes.wrap(HexFormat.of().parseHex(block))));
    }

    @Test
    void checkpointWritesOnlyTheBlocksOfWhatWasExecutedSinceTheLast() throws Exception {
        int window = 64;
        ClientSession session = new ClientSession(window);
        for (long id = 1; id <= 50; id++) {
            session.executed(id, result(id));
        }
        TreeMap<Integer, Bytes> leaves = new TreeMap<>();
        write(session, leaves);
        assertThat(session.changes()).isEmpty();

        session.executed(51, result(51));

        assertThat(session.changes().stream().map(ClientSession.Leaf::part)).containsExactly(ClientSession.HEAD, 3);
    }

    @Test
    void slotOnWhichEverythingIsStaleIsRemoved() throws Exception {
        ClientSession session = session(3);
        TreeMap<Integer, Bytes> leaves = new TreeMap<>();
        write(session, leaves);
        assertThat(leaves).containsOnlyKeys(ClientSession.HEAD, 0);
        session.executed(4, result(4));
        for (long id = 8; id <= 20; id += 4) {
            session.executed(id, result(id));
        }

        write(session, leaves);

        assertThat(leaves).containsOnlyKeys(ClientSession.HEAD, 1);
    }

    @Test
    void randomSessionsAreThoseOfThePlainTableAndSurviveTheirCheckpoints() throws Exception {
        long seed = Long.getLong("sherd.seed", 21);
        Random random = new Random(seed);
        for (int window : new int[] {1, 6, 15, 16, 17, 40}) {
            ClientSession session = new ClientSession(window);
            TreeMap<Long, KeptResult> all = new TreeMap<>();
            TreeMap<Integer, Bytes> leaves = new TreeMap<>();
            for (int step = 0; step < 600; step++) {
                long top = all.isEmpty() ? 0 : all.lastKey();
                long id = Math.max(0, top - window - 3 + random.nextInt(2 * window + 8));
                Standing expected = id <= top - window || id == 0
                        ? Standing.STALE
                        : id > top + window ? Standing.JUMP : all.containsKey(id) ? Standing.EXECUTED : Standing.NEW;
                assertThat(session.standingOf(id))
                        .as("step %d in a window of %d of -Dsherd.seed=%d", step, window, seed)
                        .isEqualTo(expected);
                if (expected == Standing.EXECUTED) {
                    assertThat(session.resultOf(id)).contains(all.get(id));
                }
                if (expected == Standing.NEW) {
                    KeptResult result = KeptResult.of(step, Bytes.wrap(new byte[random.nextInt(8)]), 4);
                    session.executed(id, result);
                    all.put(id, result);
                }
                if (random.nextInt(9) == 0) {
                    write(session, leaves);
                    session = read(leaves, window);
                }
            }
        }
    }

    @Test
    void sessionsThatAreNotCanonicalAreRefused() {
        Map<String, Map<Integer, Bytes>> broken = Map.of(
                "places not ascending", Map.of(ClientSession.HEAD, head(9), 0, block(0, 9, 8)),
                "an id twice", Map.of(ClientSession.HEAD, head(9), 0, block(0, 9, 9)),
                "an id above the highest", Map.of(ClientSession.HEAD, head(9), 0, block(0, 9, 10)),
                "id 0", Map.of(ClientSession.HEAD, head(2), 0, block(0, 0, 2)),
                "a place outside the block", Map.of(ClientSession.HEAD, head(17), 0, block(0, 16), 1, block(1, 1)),
                "a block on another's slot", Map.of(ClientSession.HEAD, head(17), 0, block(1, 1)),
                "no result of the highest id", Map.of(ClientSession.HEAD, head(9), 0, block(0, 8)),
                "no blocks", Map.of(ClientSession.HEAD, head(9)),
                "an empty block", Map.of(ClientSession.HEAD, head(9), 0, block(0)),
                "a byte too many",
                        Map.of(
                                ClientSession.HEAD,
                                head(9),
                                0,
                                Bytes.wrap(java.util.Arrays.copyOf(
                                        block(0, 9).toByteArray(), block(0, 9).size() + 1))));
        broken.forEach((what, leaves) ->
                assertThatThrownBy(() -> read(leaves, WINDOW)).as(what).isInstanceOf(WireFormatException.class));
    }

    private static ClientSession read(Map<Integer, Bytes> leaves, int window) throws Exception {
        return ClientSession.read(part -> Optional.ofNullable(leaves.get(part)), window);
    }

    /** What a checkpoint does. */
    private static void write(ClientSession session, Map<Integer, Bytes> leaves) {
        for (ClientSession.Leaf leaf : session.changes()) {
            leaf.value().ifPresentOrElse(value -> leaves.put(leaf.part(), value), () -> leaves.remove(leaf.part()));
        }
        session.written();
    }

    private static Bytes head(long top) {
        return new ByteWriter().u64(top).toBytes();
    }

    private static Bytes block(long number, int... places) {
        ByteWriter writer = new ByteWriter().u64(number).u8(places.length);
        for (int place : places) {
            result(1).encode(writer.u8(place));
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
