package io.sherd.archive.machine;

import io.sherd.archive.files.BoundedFile;
import io.sherd.archive.machine.MachineException.Kind;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.MachineReference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A jar with state machines, in memory. Which there are says its file {@code
 * META-INF/services/io.sherd.replication.ledger.StateMachine}, one class a line, as {@link java.util.ServiceLoader} has it. What
 * a machine needs besides the port must be in the same jar.
 */
public final class MachineJar {

    /** The largest jar, and the most that it may hold when it is unpacked. */
    public static final int MAX_BYTES = 64 << 20;

    private static final String SERVICES = "META-INF/services/" + StateMachine.class.getName();

    private final Path file;
    private final byte[] content;
    private final Digest digest;
    private final Map<String, byte[]> files;

    private MachineJar(Path file, byte[] content, Map<String, byte[]> files) {
        this.file = file;
        this.content = content;
        this.digest = Sha256.of(content);
        this.files = files;
    }

    /**
     * Reads a jar. Nothing of it is executed.
     *
     * @throws MachineException if it cannot be read, or is none
     */
    public static MachineJar read(Path file) throws MachineException {
        byte[] content = content(file);
        return new MachineJar(file, content, unpack(file, content));
    }

    /** The SHA-256 of the file. */
    public Digest digest() {
        return digest;
    }

    /**
     * Writes the jar, as it was read, to a new file.
     *
     * @throws IOException if the file exists or cannot be written
     */
    public void copyTo(Path copy) throws IOException {
        Files.write(copy, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** The names of the machines in it. */
    public List<String> names() throws MachineException {
        return List.copyOf(machines().keySet());
    }

    /** How a genesis names one of its machines. */
    public MachineReference reference(String name) {
        return new MachineReference(name, Optional.of(digest));
    }

    /**
     * Makes a machine that shares nothing with those that were made before, not even static fields.
     *
     * @param name what the machine calls itself
     * @throws MachineException if there is none of that name, or one of the jar's machines cannot be made
     */
    public StateMachine make(String name) throws MachineException {
        SortedMap<String, StateMachine> machines = machines();
        StateMachine machine = machines.get(name);
        if (machine == null) {
            throw new MachineException(
                    Kind.NO_SUCH_MACHINE,
                    "no state machine in %s is named %s; there are %s".formatted(file, name, machines.keySet()));
        }
        return machine;
    }

    private SortedMap<String, StateMachine> machines() throws MachineException {
        ClassLoader loader = new JarClassLoader(files);
        TreeMap<String, StateMachine> machines = new TreeMap<>();
        for (String className : classNames()) {
            StateMachine machine = instance(loader, className);
            StateMachine other = machines.put(machine.name(), machine);
            if (other != null) {
                throw broken("two state machines of it are named " + machine.name(), null);
            }
        }
        return machines;
    }

    /** The lines of the services file, without comments. */
    private SortedSet<String> classNames() throws MachineException {
        byte[] services = files.get(SERVICES);
        TreeSet<String> names = new TreeSet<>();
        if (services != null) {
            new String(services, StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(names::add);
        }
        if (names.isEmpty()) {
            throw broken("its %s names no class".formatted(SERVICES), null);
        }
        return names;
    }

    private StateMachine instance(ClassLoader loader, String className) throws MachineException {
        try {
            Class<?> type = Class.forName(className, true, loader);
            if (!StateMachine.class.isAssignableFrom(type)) {
                throw broken("class %s is not a %s".formatted(className, StateMachine.class.getName()), null);
            }
            return (StateMachine) type.getConstructor().newInstance();
        } catch (UnsupportedClassVersionError e) {
            throw new MachineException(
                    Kind.LATER_JAVA,
                    "%s: class %s was compiled for a later Java than %s"
                            .formatted(file, className, Runtime.version().feature()),
                    e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw broken(
                    "class %s cannot be made by a public constructor without parameters: %s".formatted(className, e),
                    e);
        }
    }

    private MachineException broken(String what, @Nullable Throwable cause) {
        String message = "%s: %s".formatted(file, what);
        return cause == null
                ? new MachineException(Kind.BROKEN, message)
                : new MachineException(Kind.BROKEN, message, cause);
    }

    private static byte[] content(Path file) throws MachineException {
        byte[] content;
        try {
            content = BoundedFile.read(file, MAX_BYTES);
        } catch (NoSuchFileException e) {
            throw new MachineException(Kind.ABSENT, "there is no file " + file, e);
        } catch (IOException e) {
            throw new MachineException(Kind.UNREADABLE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
        if (content.length > MAX_BYTES) {
            throw tooLarge(file);
        }
        return content;
    }

    private static Map<String, byte[]> unpack(Path file, byte[] content) throws MachineException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        // Signatures of jars are not looked at: the genesis has the hash of the whole.
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(content), false)) {
            int left = MAX_BYTES;
            for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                byte[] bytes = in.readNBytes(left + 1);
                left -= bytes.length;
                if (left < 0) {
                    throw tooLarge(file);
                }
                files.put(entry.getName(), bytes);
            }
        } catch (IOException e) {
            throw new MachineException(Kind.BROKEN, "%s is not a jar: %s".formatted(file, e.getMessage()), e);
        }
        if (files.isEmpty()) {
            throw new MachineException(Kind.BROKEN, file + " is not a jar, or an empty one");
        }
        return files;
    }

    private static MachineException tooLarge(Path file) {
        return new MachineException(
                Kind.UNREADABLE, "%s takes more than the %d bytes that a jar may".formatted(file, MAX_BYTES));
    }
}
