package io.sherd.archive.state;

import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.Execution;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.machine.PendingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The execution of one entry's operations by the state machine. Without a check each operation's writes reach the state at once;
 * with one, all of them do when the second execution came to the same.
 */
final class EntryRun {

    private final long sequence;
    private final StateMachine machine;
    private final StateMachine.State state;
    private final StateMachine.State current;
    private final Optional<DeterminismCheck> check;
    private final List<DeterminismCheck.Step> steps = new ArrayList<>();

    EntryRun(long sequence, StateMachine machine, StateMachine.State state, Optional<DeterminismCheck> check) {
        this.sequence = sequence;
        this.machine = machine;
        this.state = state;
        this.check = check;
        this.current = check.isPresent() ? new PendingState(state) : state;
    }

    /** The entry's position. */
    long sequence() {
        return sequence;
    }

    /** Executes the next operation. */
    Execution execute(Request.Operation operation) {
        Execution execution;
        try {
            execution = Execution.of(machine, current, operation.client(), operation.payload());
        } catch (Error e) {
            // Deeper stacks, more memory or other classes may let another replica pass: no answer is right for all.
            throw new MachineFaultException(
                    "the state machine %s threw %s at %s".formatted(machine.name(), e, what(operation)), e);
        }
        execution.writeTo(current);
        if (check.isPresent()) {
            steps.add(new DeterminismCheck.Step(
                    what(operation), new DeterminismCheck.Call(operation.client(), operation.payload()), execution));
        }
        return execution;
    }

    /** Ends the entry: all that was executed is in the state when this returns. */
    void end() {
        if (check.isPresent()) {
            check.get().repeat(state, steps);
            steps.forEach(step -> step.execution().writeTo(state));
        }
    }

    /** How an operation is called in a message. */
    String what(Request.Operation operation) {
        return "request %d of client %s at seq %d"
                .formatted(operation.id(), operation.client().hex(), sequence);
    }
}
