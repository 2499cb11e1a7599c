package io.sherd.archive.machine;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The classes of one jar, from memory, over the JDK and the port. Each loader has classes, and so static fields, of its own. */
final class JarClassLoader extends ClassLoader {

    private static final String CLASS = ".class";

    private final Map<String, byte[]> files;

    /**
     * A loader of nothing yet.
     *
     * @param files the jar's, by path; never changed
     */
    JarClassLoader(Map<String, byte[]> files) {
        super(new Port());
        this.files = files;
    }

    /** The JDK's classes, and those of this process that a state machine is compiled against. */
    private static final class Port extends ClassLoader {

        Port() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("io.sherd.replication.") || name.startsWith("io.sherd.merkle.")) {
                return Class.forName(name, false, Port.class.getClassLoader());
            }
            throw new ClassNotFoundException(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = files.get(name.replace('.', '/') + CLASS);
        if (bytes == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    @Override
    public @Nullable InputStream getResourceAsStream(String name) {
        byte[] bytes = files.get(name);
        return bytes == null ? null : new ByteArrayInputStream(bytes);
    }
}
