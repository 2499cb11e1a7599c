package io.sherd.replication.machine;

import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Executes every batch a second time from the same state, by a machine that was just made, and compares each operation's
 * result and writes. In a unit test of a machine:
 *
 * <pre>
 *   DeterminismCheck check = new DeterminismCheck(TokenLedger::new);
 *   List&lt;Bytes&gt; results = check.batch(new MemoryState(), List.of(new Call(alice, mint), new Call(alice, transfer)));
 * </pre>
 *
 * <p>It finds clocks, dice, the order of unordered collections, and what a machine remembers in its fields. It cannot find
 * what is the same twice within a moment on one machine: the date, the host's name, a file.
 */
public final class DeterminismCheck {

    private static final int MAX_SHOWN_BYTES = 48;

    private final Supplier<? extends StateMachine> another;
    private @Nullable StateMachine first;

    /**
     * A check of the machines that a supplier makes.
     *
     * @param another makes a new machine at each call; the less it shares with those before, the more is found
     */
    public DeterminismCheck(Supplier<? extends StateMachine> another) {
        this.another = another;
    }

    /**
     * An operation as a machine is given it.
     *
     * @param client who signed it
     * @param payload any bytes
     */
    public record Call(VerifyingKey client, Bytes payload) {}

    /**
     * An operation that was executed once.
     *
     * @param what how to call it in a message, such as its place in the ledger
     * @param call the operation
     * @param execution what it came to
     */
    public record Step(String what, Call call, Execution execution) {}

    /**
     * Executes a batch twice. The first execution is always by one and the same machine, and its writes stay.
     *
     * @param state what is read and written
     * @param calls the batch
     * @return the results, in order
     * @throws NondeterminismException if the second execution came to something else; then nothing is written
     */
    public List<Bytes> batch(StateMachine.State state, List<Call> calls) {
        if (first == null) {
            first = another.get();
        }
        PendingState pending = new PendingState(state);
        List<Step> steps = new ArrayList<>();
        for (Call call : calls) {
            Execution execution = Execution.of(first, pending, call.client(), call.payload());
            execution.writeTo(pending);
            steps.add(new Step("operation %d of the batch".formatted(steps.size()), call, execution));
        }
        repeat(state, steps);
        List<Bytes> results = new ArrayList<>();
        for (Step step : steps) {
            step.execution().writeTo(state);
            results.add(step.execution().result());
        }
        return results;
    }

    /**
     * Executes again what was executed by another machine.
     *
     * @param before the state before the first step; not changed
     * @param steps what was executed, in order
     * @throws NondeterminismException if a step comes to something else; the message names the first
     */
    public void repeat(StateMachine.State before, List<Step> steps) {
        StateMachine machine = another.get();
        PendingState pending = new PendingState(before);
        for (Step step : steps) {
            Execution again = Execution.of(
                    machine, pending, step.call().client(), step.call().payload());
            Optional<String> difference = difference(step.execution(), again);
            if (difference.isPresent()) {
                throw new NondeterminismException(
                        "the state machine %s is not deterministic: executed twice, %s came to different things: %s"
                                .formatted(machine.name(), step.what(), difference.get()));
            }
            again.writeTo(pending);
        }
    }

    private static Optional<String> difference(Execution first, Execution again) {
        if ((first.failure() == null) != (again.failure() == null)) {
            return Optional.of("%s, then %s".formatted(outcome(first), outcome(again)));
        }
        if (!first.result().equals(again.result())) {
            return Optional.of("result %s, then %s".formatted(shown(first.result()), shown(again.result())));
        }
        return firstOtherWrite(first, again);
    }

    private static Optional<String> firstOtherWrite(Execution first, Execution again) {
        TreeSet<Bytes> keys = new TreeSet<>(first.writes().keySet());
        keys.addAll(again.writes().keySet());
        for (Bytes key : keys) {
            if (!written(first.writes(), key).equals(written(again.writes(), key))) {
                return Optional.of("key %s %s, then %s"
                        .formatted(shown(key), written(first.writes(), key), written(again.writes(), key)));
            }
        }
        return Optional.empty();
    }

    private static String outcome(Execution execution) {
        RuntimeException failure = execution.failure();
        return failure == null ? "result " + shown(execution.result()) : "it threw " + failure;
    }

    /** Words for what was written, different for different writes. */
    private static String written(Map<Bytes, Optional<Bytes>> writes, Bytes key) {
        Optional<Bytes> value = writes.get(key);
        if (value == null) {
            return "not written";
        }
        return value.map(bytes -> "written " + shown(bytes)).orElse("deleted");
    }

    /** Readable bytes as text, others in hexadecimal; long ones by their hash. */
    private static String shown(Bytes bytes) {
        if (bytes.size() > MAX_SHOWN_BYTES) {
            return "of %d bytes with SHA-256 %s"
                    .formatted(bytes.size(), Sha256.of(bytes.readOnlyArray()).hex());
        }
        StringBuilder text = new StringBuilder("\"");
        for (byte value : bytes.readOnlyArray()) {
            if (value < ' ' || value == '"' || value == 0x7f) {
                return "0x" + bytes.hex();
            }
            text.append((char) value);
        }
        return text.append('"').toString();
    }
}
