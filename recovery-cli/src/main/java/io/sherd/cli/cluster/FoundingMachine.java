package io.sherd.cli.cluster;

import io.sherd.archive.machine.MachineException;
import io.sherd.archive.machine.MachineJar;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.replication.machine.MachineReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The state machine of a new cluster.
 *
 * @param reference how the genesis names it
 * @param jar what it is in, if Sherd does not ship it
 */
public record FoundingMachine(MachineReference reference, Optional<MachineJar> jar) {

    /** The one that Sherd ships. */
    public static final FoundingMachine KEY_VALUE =
            new FoundingMachine(new MachineReference(KeyValueMachine.NAME, Optional.empty()), Optional.empty());

    /**
     * {@return a machine of a jar, made once to see that it can be}
     *
     * @param file the jar
     * @param name the machine's name; empty for the only one in the jar
     * @throws MachineException if there is no such machine
     */
    public static FoundingMachine of(Path file, Optional<String> name) throws MachineException {
        MachineJar jar = MachineJar.read(file);
        List<String> names = jar.names();
        if (name.isEmpty() && names.size() > 1) {
            throw new MachineException(
                    MachineException.Kind.NO_SUCH_MACHINE,
                    "%s holds the state machines %s, and none of them was named".formatted(file, names));
        }
        String chosen = name.orElse(names.getFirst());
        var _ = jar.make(chosen);
        try {
            return new FoundingMachine(jar.reference(chosen), Optional.of(jar));
        } catch (IllegalArgumentException e) {
            throw new MachineException(MachineException.Kind.BROKEN, "%s: %s".formatted(file, e.getMessage()), e);
        }
    }
}
