package io.sherd.replication.machine;

import static io.sherd.replication.machine.Machines.ALICE;
import static io.sherd.replication.machine.Machines.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ExecutionTest {

    private static final Bytes A = bytes("a");
    private static final Bytes B = bytes("b");

    private final MemoryState state = new MemoryState();

    @Test
    void whatIsWrittenIsReadByTheSameOperationAndReachesTheStateOnlyWhenItIsTakenOver() {
        state.put(A, bytes("1"));
        StateMachine machine = Machines.of((view, _) -> {
            view.put(B, bytes("2"));
            view.delete(A);
            return Bytes.wrap(new byte[] {(byte) (view.get(A) == null ? 1 : 0), (byte) (view.get(B) == null ? 0 : 1)});
        });

        Execution execution = Execution.of(machine, state, ALICE, Bytes.EMPTY);

        assertThat(execution)
                .isEqualTo(new Execution(
                        Bytes.wrap(new byte[] {1, 1}),
                        null,
                        new TreeMap<>(Map.of(A, Optional.<Bytes>empty(), B, Optional.of(bytes("2"))))));
        assertThat(state.values()).containsExactly(Map.entry(A, bytes("1")));
        execution.writeTo(state);
        assertThat(state.values()).containsExactly(Map.entry(B, bytes("2")));
    }

    @Test
    void anOperationAtWhichTheMachineThrowsHasNoWritesAndAResultOfNoBytes() {
        StateMachine machine = Machines.of((view, _) -> {
            view.put(A, bytes("half"));
            throw new ArithmeticException("by zero");
        });

        Execution execution = Execution.of(machine, state, ALICE, Bytes.EMPTY);

        assertThat(execution.result()).isEqualTo(Execution.FAILED);
        assertThat(execution.failure()).isInstanceOf(ArithmeticException.class);
        assertThat(execution.writes()).isEmpty();
    }

    @Test
    void keysAndValuesThatAreTooLongAreRefusedWhereTheyAreWritten() {
        Bytes longKey = Bytes.wrap(new byte[StateMachine.State.MAX_KEY_BYTES + 1]);
        Bytes longValue = Bytes.wrap(new byte[StateMachine.State.MAX_VALUE_BYTES + 1]);

        assertThat(failure((view, _) -> put(view, longKey, A)))
                .hasMessage("a key of 1025 bytes, at most 1024 are allowed");
        assertThat(failure((view, _) -> put(view, A, longValue)))
                .hasMessage("a value of 1048577 bytes, at most 1048576 are allowed");
        assertThat(failure((view, _) -> {
                    view.delete(longKey);
                    return A;
                }))
                .isInstanceOf(IllegalArgumentException.class);
        Bytes justAllowed = Bytes.wrap(new byte[StateMachine.State.MAX_VALUE_BYTES]);
        assertThat(Execution.of(Machines.of((view, _) -> put(view, A, justAllowed)), state, ALICE, A)
                        .failure())
                .isNull();
    }

    @Test
    void aStateThatCannotBeReadIsNoResultEvenIfTheMachineCatchesWhatItThrew() {
        StateMachine.State broken = new StateMachine.State() {
            @Override
            public Bytes get(Bytes key) {
                throw new IllegalStateException("unreadable");
            }

            @Override
            public void put(Bytes key, Bytes value) {}

            @Override
            public void delete(Bytes key) {}
        };
        StateMachine deaf = Machines.of((view, _) -> {
            try {
                return view.get(A) == null ? A : B;
            } catch (IllegalStateException e) {
                return bytes("it does not matter");
            }
        });

        assertThatThrownBy(() -> Execution.of(deaf, broken, ALICE, Bytes.EMPTY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("unreadable");
    }

    @Test
    void aStateIsOfNoUseAfterItsOperation() {
        List<StateMachine.State> kept = new ArrayList<>();
        StateMachine keeper = Machines.of((view, _) -> {
            kept.add(view);
            return A;
        });
        Execution.of(keeper, state, ALICE, Bytes.EMPTY);

        assertThatThrownBy(() -> kept.getFirst().put(A, B)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> kept.getFirst().get(A)).isInstanceOf(IllegalStateException.class);
    }

    private static Bytes put(StateMachine.State view, Bytes key, Bytes value) {
        view.put(key, value);
        return Bytes.EMPTY;
    }

    private Throwable failure(Machines.Body body) {
        Execution execution = Execution.of(Machines.of(body), state, ALICE, Bytes.EMPTY);
        return Objects.requireNonNull(execution.failure());
    }
}
