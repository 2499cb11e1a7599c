package io.sherd.replication.machine;

import static io.sherd.replication.machine.Machines.ALICE;
import static io.sherd.replication.machine.Machines.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck.Call;
import io.sherd.replication.wire.Bytes;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Machines that break the rules are caught, and one that keeps them is not. */
final class DeterminismCheckTest {

    private static final Bytes KEY = bytes("key");

    private final MemoryState state = new MemoryState();

    @Test
    void aMachineThatKeepsTheRulesIsExecutedOnceAsFarAsItsStateTells() {
        DeterminismCheck check = new DeterminismCheck(() -> Machines.of(DeterminismCheckTest::count));

        assertThat(check.batch(state, calls(3))).containsExactly(number(1), number(2), number(3));
        assertThat(check.batch(state, calls(2))).containsExactly(number(4), number(5));
        assertThat(state.values()).containsExactly(Map.entry(KEY, number(5)));
    }

    @Test
    void aClockInAResultIsCaughtAndNothingIsWritten() {
        assertThatThrownBy(() -> batch((view, operation) -> {
                    view.put(KEY, operation);
                    return bytes(Long.toString(System.nanoTime()));
                }))
                .isInstanceOf(NondeterminismException.class)
                .hasMessageMatching("the state machine tested/1 is not deterministic: executed twice, "
                        + "operation 0 of the batch came to different things: result \"\\d+\", then \"\\d+\"");
        assertThat(state.values()).isEmpty();
    }

    @Test
    void aClockInAWriteIsCaughtAndTheFirstKeyThatDiffersIsNamed() {
        assertThatThrownBy(() -> batch((view, _) -> {
                    view.put(bytes("a"), bytes("same"));
                    view.put(bytes("b"), bytes(Long.toString(System.nanoTime())));
                    view.put(bytes("c"), bytes(Long.toString(System.nanoTime())));
                    return Bytes.EMPTY;
                }))
                .isInstanceOf(NondeterminismException.class)
                .hasMessageMatching(".*: key \"b\" written \"\\d+\", then written \"\\d+\"");
    }

    @Test
    void theOrderOfAnUnorderedMapIsCaught() {
        // Twenty keys that have no order of their own: that both executions meet them in one order is as good as
        // impossible.
        assertThatThrownBy(() -> batch((_, _) -> {
                    Map<Object, String> unordered = new HashMap<>();
                    for (int i = 0; i < 20; i++) {
                        unordered.put(new Object(), Integer.toString(i));
                    }
                    return bytes(String.join(" ", unordered.values()));
                }))
                .isInstanceOf(NondeterminismException.class);
    }

    @Test
    void whatAMachineRemembersInAFieldIsCaughtInTheSecondBatch() {
        // Counts in a field what belongs into the state.
        final class Forgetful implements StateMachine {
            private int count;

            @Override
            public String name() {
                return "forgetful/1";
            }

            @Override
            public Bytes apply(State view, VerifyingKey client, Bytes operation) {
                count++;
                return number(count);
            }
        }
        DeterminismCheck check = new DeterminismCheck(Forgetful::new);
        check.batch(state, calls(1));

        assertThatThrownBy(() -> check.batch(state, calls(1)))
                .isInstanceOf(NondeterminismException.class)
                .hasMessageContaining("result 0x02, then 0x01");
    }

    @Test
    void throwingOnlyOnceIsCaught() {
        int[] calls = {0};
        assertThatThrownBy(() -> batch((_, _) -> {
                    calls[0]++;
                    if (calls[0] == 2) {
                        throw new IllegalStateException("the second time");
                    }
                    return KEY;
                }))
                .isInstanceOf(NondeterminismException.class)
                .hasMessageContaining("result \"key\", then it threw java.lang.IllegalStateException: the second time");
    }

    @Test
    void aKeyThatIsWrittenOnlyOnceIsCaught() {
        int[] calls = {0};
        assertThatThrownBy(() -> batch((view, _) -> {
                    calls[0]++;
                    if (calls[0] == 2) {
                        view.delete(KEY);
                    }
                    return KEY;
                }))
                .hasMessageContaining("key \"key\" not written, then deleted");
    }

    @Test
    void longValuesAreNamedByTheirHash() {
        int[] calls = {0};
        assertThatThrownBy(() -> batch((_, _) -> {
                    calls[0]++;
                    return Bytes.wrap(new byte[100 + calls[0]]);
                }))
                .hasMessageMatching(
                        ".*result of 101 bytes with SHA-256 [0-9a-f]{64}, then of 102 bytes with SHA-256 [0-9a-f]{64}");
    }

    private void batch(Machines.Body body) {
        StateMachine machine = Machines.of(body);
        List<Bytes> _ = new DeterminismCheck(() -> machine).batch(state, calls(1));
    }

    private static Bytes count(StateMachine.State view, Bytes operation) {
        Bytes before = view.get(KEY);
        Bytes after = number(before == null ? 1 : before.at(0) + 1);
        view.put(KEY, after);
        return after;
    }

    private static Bytes number(int number) {
        return Bytes.wrap(new byte[] {(byte) number});
    }

    private static List<Call> calls(int count) {
        return Collections.nCopies(count, new Call(ALICE, bytes("operation")));
    }
}
