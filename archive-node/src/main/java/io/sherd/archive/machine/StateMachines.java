package io.sherd.archive.machine;

import io.sherd.archive.machine.MachineException.Kind;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.MachineReference;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The state machines that there are: those on the class path, each found as a service, and that of a jar. */
public final class StateMachines {

    private StateMachines() {}

    /**
     * What makes the state machine of a genesis. One was made already when this returns, so the next ones can be made too.
     *
     * @param genesis names it
     * @param jar the jar that was named beside the genesis
     * @return makes a new machine at each call; one of a jar shares not even static fields with those before
     * @throws MachineException if jar and genesis do not fit together, or the machine cannot be made
     */
    public static Supplier<StateMachine> of(Genesis genesis, Optional<Path> jar) throws MachineException {
        MachineReference reference;
        try {
            reference = MachineReference.parse(genesis.stateMachine());
        } catch (IllegalArgumentException e) {
            throw new MachineException(
                    Kind.NO_SUCH_MACHINE, "the genesis names no state machine: " + e.getMessage(), e);
        }
        if (reference.jar().isEmpty()) {
            return onClassPath(reference.name(), jar);
        }
        if (jar.isEmpty()) {
            throw new MachineException(
                    Kind.NO_JAR,
                    "the genesis names the state machine %s of a jar with SHA-256 %s, and no jar was given"
                            .formatted(
                                    reference.name(),
                                    reference.jar().orElseThrow().hex()));
        }
        return inJar(reference, MachineJar.read(jar.get()), jar.get());
    }

    private static Supplier<StateMachine> onClassPath(String name, Optional<Path> jar) throws MachineException {
        if (jar.isPresent()) {
            throw new MachineException(
                    Kind.UNWANTED_JAR,
                    "the jar %s was given, but the genesis names the state machine %s, which is in none"
                            .formatted(jar.get(), name));
        }
        TreeMap<String, Supplier<StateMachine>> found = new TreeMap<>();
        ServiceLoader.load(StateMachine.class, StateMachines.class.getClassLoader()).stream()
                .forEach(provider -> found.put(provider.get().name(), provider));
        Supplier<StateMachine> machine = found.get(name);
        if (machine == null) {
            throw new MachineException(
                    Kind.NO_SUCH_MACHINE, "no state machine is named %s; there are %s".formatted(name, found.keySet()));
        }
        return machine;
    }

    private static Supplier<StateMachine> inJar(MachineReference reference, MachineJar jar, Path file)
            throws MachineException {
        if (!reference.jar().equals(Optional.of(jar.digest()))) {
            throw new MachineException(
                    Kind.OTHER_JAR,
                    "%s has the SHA-256 %s, the genesis names the state machine %s of a jar with %s"
                            .formatted(
                                    file,
                                    jar.digest().hex(),
                                    reference.name(),
                                    reference.jar().orElseThrow().hex()));
        }
        StateMachine _ = jar.make(reference.name());
        return () -> {
            try {
                return jar.make(reference.name());
            } catch (MachineException e) {
                throw new IllegalStateException("a state machine that was made before cannot be made again", e);
            }
        };
    }
}
