package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The core with one bug in it: the changed files compiled aside, and loaded with the rest of core and simulator anew. */
final class PlantedBug {

    private static final Path SOURCES = Path.of("src", "main", "java", "io", "sherd", "consensus", "core");

    private final ClassLoader loader;

    private PlantedBug(ClassLoader loader) {
        this.loader = loader;
    }

    /** Plants an exhibit's bug; {@code scratch} is an empty directory. */
    static PlantedBug of(Exhibit exhibit, Path scratch) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Exhibit.Edit edit : exhibit.edits()) {
            String source = sources.containsKey(edit.file())
                    ? sources.get(edit.file())
                    : Files.readString(SOURCES.resolve(edit.file()));
            assertThat(source.split(java.util.regex.Pattern.quote(edit.before()), -1))
                    .as(
                            "%s stands once in %s; if the source has changed, plant the bug anew",
                            edit.before(), edit.file())
                    .hasSize(2);
            sources.put(edit.file(), source.replace(edit.before(), edit.after()));
        }
        compile(sources, scratch);
        return new PlantedBug(new Loader(scratch));
    }

    /** What does not hold in a seed; empty if everything does. */
    String violation(int replicas, long seed) throws ReflectiveOperationException {
        return this.<BiFunction<Integer, Long, String>>made(Seed.class).apply(replicas, seed);
    }

    /** What does not hold in a scenario; empty if everything does. */
    String violation(Path scenario) throws ReflectiveOperationException {
        return this.<Function<Path, String>>made(Script.class).apply(scenario);
    }

    @SuppressWarnings("unchecked") // the class is what it is, in any loader
    private <T> T made(Class<? extends T> visit) throws ReflectiveOperationException {
        return (T) loader.loadClass(visit.getName()).getDeclaredConstructor().newInstance();
    }

    private static void compile(Map<String, String> sources, Path scratch) throws IOException {
        List<File> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = scratch.resolve(source.getKey());
            Files.writeString(file, source.getValue());
            files.add(file.toFile());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none", "-nowarn", "-d", scratch.toString(), "-cp", System.getProperty("java.class.path"));
            assertThat(compiler.getTask(null, manager, null, options, null, manager.getJavaFileObjectsFromFiles(files))
                            .call())
                    .as("the planted source compiles")
                    .isTrue();
        }
    }

    /** Loads core and simulator itself, the planted classes first, and leaves everything else to its parent. */
    private static final class Loader extends ClassLoader {
        private final Path planted;

        Loader(Path planted) {
            super(PlantedBug.class.getClassLoader());
            this.planted = planted;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("io.sherd.consensus.core.") && !name.startsWith("io.sherd.consensus.sim.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String resource = name.replace('.', '/') + ".class";
            Path file = planted.resolve(resource);
            try (InputStream in = Files.exists(file) ? Files.newInputStream(file) : getResourceAsStream(resource)) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** Runs one seed, in the loader that it was loaded by. Public, since it is called from a class of another loader. */
    public static final class Seed implements BiFunction<Integer, Long, String> {
        /** Made by reflection. */
        public Seed() {}

        @Override
        public String apply(Integer replicas, Long seed) {
            return new SwarmRun(replicas, seed, new Trace()).run().violation().orElse("");
        }
    }

    /** Runs one scenario, in the loader that it was loaded by. */
    public static final class Script implements Function<Path, String> {
        /** Made by reflection. */
        public Script() {}

        @Override
        public String apply(Path scenario) {
            return Scenario.read(scenario).run().violation().orElse("");
        }
    }
}
