package io.sherd.samples.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.DeterminismCheck.Call;
import io.sherd.replication.machine.MemoryState;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the token ledger. Every operation here is executed twice and compared. */
final class TokenLedgerTest {

    private static final VerifyingKey ALICE = new VerifyingKey(Sha256.of(new byte[] {1}));
    private static final VerifyingKey BOB = new VerifyingKey(Sha256.of(new byte[] {2}));

    private final MemoryState state = new MemoryState();
    private final DeterminismCheck check = new DeterminismCheck(TokenLedger::new);

    @Test
    void tokensAreMintedAndTransferred() {
        assertThat(execute(ALICE, "open alice", "mint alice 100")).containsExactly("ok 0", "ok 100");
        assertThat(execute(BOB, "open bob")).containsExactly("ok 0");
        assertThat(execute(ALICE, "transfer alice bob 30", "balance alice", "balance bob", "supply"))
                .containsExactly("ok 70", "ok 70", "ok 30", "ok 100");
    }

    @Test
    void aRefusalIsAResultAndChangesNothing() {
        List<String> _ = execute(ALICE, "open alice", "mint alice 100");
        List<String> _ = execute(BOB, "open bob");
        Map<Bytes, Bytes> before = Map.copyOf(state.values());

        assertThat(execute(BOB, "transfer alice bob 1", "mint bob 1", "open alice", "transfer bob alice 1"))
                .containsExactly(
                        "refused: alice is another client's",
                        "refused: only the issuer may mint",
                        "refused: there is an account alice",
                        "refused: bob has only 0");
        assertThat(execute(ALICE, "transfer alice carol 1", "transfer alice bob 101", "mint carol 1", "balance carol"))
                .containsExactly(
                        "refused: there is no account carol",
                        "refused: alice has only 100",
                        "refused: there is no account carol",
                        "refused: there is no account carol");
        assertThat(state.values()).isEqualTo(before);
    }

    @Test
    void aTransferToOneselfChangesNothing() {
        assertThat(execute(ALICE, "open alice", "mint alice 5", "transfer alice alice 5", "balance alice"))
                .containsExactly("ok 0", "ok 5", "ok 5", "ok 5");
    }

    @Test
    void thereAreNeverMoreTokensThanCanBeCounted() {
        List<String> operations = new ArrayList<>(List.of("open alice"));
        for (int i = 0; i < 10; i++) {
            operations.add("mint alice 999999999999999999");
        }

        assertThat(execute(ALICE, operations.toArray(String[]::new)).getLast())
                .isEqualTo("refused: there would be too many tokens");
        assertThat(execute(ALICE, "balance alice", "supply"))
                .containsExactly("ok 8999999999999999991", "ok 8999999999999999991");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "open",
                "open ",
                "open Alice",
                "open a b",
                "mint alice -1",
                "mint alice 0",
                "mint alice +1",
                "mint alice 1.5",
                "mint alice ٣",
                "mint alice 1000000000000000000",
                "open  alice",
                "supply ",
                "close alice"
            })
    void whatIsNoOperationIsRefused(String text) {
        List<String> _ = execute(ALICE, "open alice");

        assertThat(execute(ALICE, text).getFirst()).startsWith("refused: ");
    }

    @Test
    void anyBytesHaveAResult() {
        long seed = Long.getLong("sherd.seed", 20_260_101L);
        System.out.println("repeat with -Dsherd.seed=" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            byte[] payload = new byte[random.nextInt(300)];
            random.nextBytes(payload);
            List<Bytes> results = check.batch(state, List.of(new Call(ALICE, Bytes.wrap(payload))));
            assertThat(results.getFirst().isEmpty()).isFalse();
        }
    }

    @Test
    void whateverHappensTheBalancesAddUpToTheSupply() {
        long seed = Long.getLong("sherd.seed", 20_260_101L);
        System.out.println("repeat with -Dsherd.seed=" + seed);
        Random random = new Random(seed);
        List<String> names = List.of("a", "b", "c", "d");
        for (int i = 0; i < 1000; i++) {
            VerifyingKey client = random.nextBoolean() ? ALICE : BOB;
            String from = names.get(random.nextInt(names.size()));
            String to = names.get(random.nextInt(names.size()));
            List<String> _ = execute(
                    client,
                    switch (random.nextInt(3)) {
                        case 0 -> "open " + from;
                        case 1 -> "mint " + from + " " + (1 + random.nextInt(50));
                        default -> "transfer " + from + " " + to + " " + (1 + random.nextInt(50));
                    });
        }
        long sum = names.stream().mapToLong(name -> number("balance " + name)).sum();

        assertThat(sum).isPositive().isEqualTo(number("supply"));
    }

    /** The number in a result; 0 if it is refused. */
    private long number(String operation) {
        String result = execute(ALICE, operation).getFirst();
        return result.startsWith("ok ") ? Long.parseLong(result.substring(3)) : 0;
    }

    private List<String> execute(VerifyingKey client, String... operations) {
        List<Call> batch = new ArrayList<>();
        for (String operation : operations) {
            batch.add(new Call(client, Bytes.wrap(operation.getBytes(StandardCharsets.UTF_8))));
        }
        return check.batch(state, batch).stream()
                .map(result -> new String(result.toByteArray(), StandardCharsets.UTF_8))
                .toList();
    }
}
