package io.sherd.archive.state;

import io.sherd.replication.ledger.StateMachine;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The state machines on the class path, each found as a service. */
public final class StateMachines {

    private StateMachines() {}

    /**
     * The state machine that a genesis names.
     *
     * @throws IllegalArgumentException if there is none of that name, naming those there are
     */
    public static StateMachine byName(String name) {
        TreeMap<String, StateMachine> found = new TreeMap<>();
        for (StateMachine machine : ServiceLoader.load(StateMachine.class, StateMachines.class.getClassLoader())) {
            found.put(machine.name(), machine);
        }
        StateMachine machine = found.get(name);
        if (machine == null) {
            throw new IllegalArgumentException(
                    "no state machine is named %s; there are %s".formatted(name, found.keySet()));
        }
        return machine;
    }
}
