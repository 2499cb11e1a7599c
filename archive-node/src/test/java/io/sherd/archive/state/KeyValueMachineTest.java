package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.state.KeyValueOperation.Append;
import io.sherd.archive.state.KeyValueOperation.Delete;
import io.sherd.archive.state.KeyValueOperation.Get;
import io.sherd.archive.state.KeyValueOperation.Many;
import io.sherd.archive.state.KeyValueOperation.Put;
import io.sherd.archive.state.KeyValueResult.Absent;
import io.sherd.archive.state.KeyValueResult.Account;
import io.sherd.archive.state.KeyValueResult.Done;
import io.sherd.archive.state.KeyValueResult.Found;
import io.sherd.archive.state.KeyValueResult.KeyTooLong;
import io.sherd.archive.state.KeyValueResult.Malformed;
import io.sherd.archive.state.KeyValueResult.NotAnAccount;
import io.sherd.archive.state.KeyValueResult.TooMuch;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KeyValueMachineTest {

    private static final Bytes A = StateStoreContract.bytes("a");
    private static final Bytes B = StateStoreContract.bytes("b");
    private static final Bytes ONE = StateStoreContract.bytes("1");
    private static final Bytes TWO = StateStoreContract.bytes("2");

    private final Map<Bytes, Bytes> map = new HashMap<>();
    private final StateMachine machine = new KeyValueMachine();

    private final StateMachine.State state = new StateMachine.State() {
        @Override
        public @Nullable Bytes get(Bytes key) {
            return map.get(key);
        }

        @Override
        public void put(Bytes key, Bytes value) {
            assertThat(key.size()).isLessThanOrEqualTo(MAX_KEY_BYTES);
            map.put(key, value);
        }

        @Override
        public void delete(Bytes key) {
            map.remove(key);
        }
    };

    @Test
    void valueIsPutReadReplacedAndDeleted() throws Exception {
        assertThat(apply(new Get(A))).isEqualTo(new Absent());
        assertThat(apply(new Put(A, ONE))).isEqualTo(new Done());
        assertThat(apply(new Get(A))).isEqualTo(new Found(ONE));
        assertThat(apply(new Put(A, Bytes.EMPTY))).isEqualTo(new Done());
        assertThat(apply(new Get(A))).isEqualTo(new Found(Bytes.EMPTY));
        assertThat(apply(new Delete(A))).isEqualTo(new Done());
        assertThat(apply(new Delete(A))).isEqualTo(new Absent());
        assertThat(map).isEmpty();
    }

    @Test
    void accountCountsAndChainsWhatIsAddedToIt() throws Exception {
        Digest first = Sha256.of(new byte[32], ONE.toByteArray());
        Digest second = Sha256.of(first.toByteArray(), TWO.toByteArray());

        assertThat(apply(new Append(A, ONE))).isEqualTo(new Account(1, first));
        assertThat(apply(new Append(A, TWO))).isEqualTo(new Account(2, second));
        assertThat(apply(new Get(A))).isEqualTo(new Account(2, second));
        assertThat(apply(new Append(B, Bytes.EMPTY))).isEqualTo(new Account(1, Sha256.of(new byte[32])));
        assertThat(map.get(A)).isEqualTo(Bytes.wrap(hex("01" + "0000000000000002" + second.hex())));
    }

    @Test
    void nothingIsAddedToAValueAndAValueReplacesAnAccount() throws Exception {
        apply(new Put(A, ONE));
        assertThat(apply(new Append(A, TWO))).isEqualTo(new NotAnAccount());
        assertThat(apply(new Get(A))).isEqualTo(new Found(ONE));
        apply(new Append(B, ONE));
        assertThat(apply(new Put(B, TWO))).isEqualTo(new Done());
        assertThat(apply(new Get(B))).isEqualTo(new Found(TWO));
    }

    @Test
    void keyThatIsTooLongIsSaidToBe() throws Exception {
        Bytes longest = Bytes.wrap(new byte[StateMachine.State.MAX_KEY_BYTES]);
        Bytes tooLong = Bytes.wrap(new byte[StateMachine.State.MAX_KEY_BYTES + 1]);

        assertThat(apply(new Put(longest, ONE))).isEqualTo(new Done());
        for (KeyValueOperation operation :
                List.of(new Put(tooLong, ONE), new Get(tooLong), new Delete(tooLong), new Append(tooLong, ONE))) {
            assertThat(apply(operation)).isEqualTo(new KeyTooLong());
        }
        assertThat(map).containsOnlyKeys(longest);
    }

    @Test
    void severalOperationsEachHaveTheirResult() throws Exception {
        KeyValueResult result = apply(new Many(
                List.of(new Put(A, ONE), new Append(A, TWO), new Get(A), new Delete(B), new Put(B, TWO), new Get(B))));

        assertThat(result)
                .isEqualTo(new KeyValueResult.Many(List.of(
                        new Done(), new NotAnAccount(), new Found(ONE), new Absent(), new Done(), new Found(TWO))));
    }

    @Test
    void answerIsBoundedThoughTheQuestionIsSmall() throws Exception {
        Bytes large = Bytes.wrap(new byte[700_000]);
        apply(new Put(A, large));

        KeyValueResult result = apply(new Many(List.of(new Get(A), new Get(A), new Get(A), new Put(B, ONE))));

        assertThat(result)
                .isEqualTo(new KeyValueResult.Many(
                        List.of(new Found(large), new Found(large), new TooMuch(), new Done())));
    }

    @Test
    void malformedPayloadHasAResultAndChangesNothing() throws Exception {
        byte[] good =
                new Many(List.of(new Put(A, ONE), new Append(B, TWO))).encoded().toByteArray();
        for (int length = 0; length < good.length; length++) {
            assertMalformed(java.util.Arrays.copyOf(good, length));
        }
        assertMalformed(java.util.Arrays.copyOf(good, good.length + 1));
        assertMalformed(hex("00"));
        assertMalformed(hex("06" + "00000000"));
        assertMalformed(hex("02" + "ffffffff"));
        assertMalformed(hex("05" + "00000000"));
        assertMalformed(hex("05" + "00002711"));
        assertMalformed(hex("05" + "00000001" + "05" + "00000000"));
    }

    @Test
    void noPayloadThrows() throws Exception {
        long seed = Long.getLong("sherd.seed", 31);
        Random random = new Random(seed);
        byte[] good = new Many(List.of(new Put(A, ONE), new Get(A), new Append(B, TWO), new Delete(A)))
                .encoded()
                .toByteArray();
        for (int i = 0; i < 5000; i++) {
            byte[] payload = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
            }
            KeyValueResult result = KeyValueResult.decode(machine.apply(state, client(), Bytes.wrap(payload)));
            assertThat(result).as("payload %d of -Dsherd.seed=%d", i, seed).isNotNull();
        }
    }

    @Test
    void operationsAndResultsAreReadBackAndTheirBytesAreFrozen() throws Exception {
        Map<KeyValueOperation, String> operations = Map.of(
                new Put(A, TWO), "01" + "00000001" + "61" + "00000001" + "32",
                new Get(A), "02" + "00000001" + "61",
                new Delete(A), "03" + "00000001" + "61",
                new Append(A, TWO), "04" + "00000001" + "61" + "00000001" + "32",
                new Many(List.of(new Get(A), new Delete(B))),
                        "05" + "00000002" + "02" + "00000001" + "61" + "03" + "00000001" + "62");
        for (var operation : operations.entrySet()) {
            assertThat(operation.getKey().encoded().hex()).isEqualTo(operation.getValue());
            assertThat(KeyValueOperation.decode(operation.getKey().encoded())).isEqualTo(operation.getKey());
        }
        Map<KeyValueResult, String> results = new HashMap<>(Map.of(
                new Done(), "00",
                new Absent(), "01",
                new Found(ONE), "02" + "00000001" + "31",
                new Account(3, Digest.ZERO), "03" + "0000000000000003" + "00".repeat(32),
                new Malformed(), "04",
                new KeyTooLong(), "05",
                new NotAnAccount(), "06",
                new TooMuch(), "07",
                new KeyValueResult.Many(List.of(new Done(), new Absent())), "08" + "00000002" + "00" + "01"));
        for (var result : results.entrySet()) {
            assertThat(result.getKey().encoded().hex()).isEqualTo(result.getValue());
            assertThat(KeyValueResult.decode(result.getKey().encoded())).isEqualTo(result.getKey());
        }
        assertThatThrownBy(() -> KeyValueResult.decode(Bytes.wrap(hex("09")))).isInstanceOf(WireFormatException.class);
        assertThatThrownBy(() -> KeyValueResult.decode(Bytes.wrap(hex("0000"))))
                .isInstanceOf(WireFormatException.class);
    }

    @Test
    void requestOfTooManyOperationsCannotBeMade() {
        List<KeyValueOperation.Simple> tooMany = Collections.nCopies(KeyValueOperation.MAX_OPERATIONS + 1, new Get(A));

        assertThatThrownBy(() -> new Many(tooMany)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Many(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    private void assertMalformed(byte[] payload) throws WireFormatException {
        Bytes result = machine.apply(state, client(), Bytes.wrap(payload));
        assertThat(KeyValueResult.decode(result)).isEqualTo(new Malformed());
        assertThat(map).isEmpty();
    }

    private KeyValueResult apply(KeyValueOperation operation) throws WireFormatException {
        return KeyValueResult.decode(machine.apply(state, client(), operation.encoded()));
    }

    private static VerifyingKey client() {
        return new VerifyingKey(Digest.ZERO);
    }

    private static byte[] hex(String hex) {
        return java.util.HexFormat.of().parseHex(hex);
    }
}
