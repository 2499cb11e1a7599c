package io.sherd.archive.machine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/** Makes jars of state machines, as somebody else would who has nothing but the port. */
final class JarMaker {

    private static final String SERVICES = "META-INF/services/io.sherd.replication.ledger.StateMachine";

    private final Path directory;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    /** A maker that works in a directory of its own. */
    JarMaker(Path directory) {
        this.directory = directory;
    }

    /** A machine: its class, its name, and the body of {@code apply}. */
    JarMaker machine(String className, String name, String body) throws IOException {
        return source(className, """
                import io.sherd.replication.ledger.*;
                import io.sherd.replication.wire.*;
                public final class %s implements StateMachine {
                    static int count;
                    public String name() { return "%s"; }
                    public Bytes apply(State state, VerifyingKey client, Bytes operation) { %s }
                }
                """.formatted(className, name, body));
    }

    /** Any class. */
    JarMaker source(String className, String source, String... options) throws IOException {
        Path sources = Files.createDirectories(directory.resolve("src"));
        Path classes = Files.createDirectories(directory.resolve("classes"));
        Path file = Files.writeString(sources.resolve(className + ".java"), source);
        List<String> words = Stream.concat(
                        Stream.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                        Stream.concat(Stream.of(options), Stream.of(file.toString())))
                .toList();
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, words.toArray(String[]::new));
        if (failed != 0) {
            throw new IllegalArgumentException("this does not compile: " + source);
        }
        return file(className + ".class", Files.readAllBytes(classes.resolve(className + ".class")));
    }

    JarMaker services(String... lines) {
        return file(SERVICES, String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }

    JarMaker file(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    byte[] content(String path) {
        return Objects.requireNonNull(files.get(path));
    }

    Path write(String name) throws IOException {
        Path jar = directory.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return jar;
    }
}
