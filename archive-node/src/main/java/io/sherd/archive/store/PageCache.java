package io.sherd.archive.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the system keeps of files in memory. A read that it answers from there says nothing about the disk, so whoever looks for rot has
 * it forgotten first ({@code posix_fadvise}, {@code POSIX_FADV_DONTNEED}). Java has no such call.
 */
final class PageCache {

    private static final Logger LOG = LoggerFactory.getLogger(PageCache.class);
    private static final int READ_ONLY = 0;
    private static final int DONT_NEED = 4;

    private PageCache() {}

    /** The three calls, by their C declarations. */
    private record Calls(MethodHandle open, MethodHandle advise, MethodHandle close) {}

    /** Looked up when first needed, once. */
    private static final class Holder {
        static final Optional<Calls> CALLS = lookUp();
    }

    /** Has a file's pages forgotten that are on the disk already; without effect where the system has no such call. */
    static void forget(Path file) {
        Holder.CALLS.ifPresent(calls -> forget(calls, file));
    }

    private static void forget(Calls calls, Path file) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) calls.open.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
            if (descriptor >= 0) {
                int _ = (int) calls.advise.invokeExact(descriptor, 0L, 0L, DONT_NEED);
                int _ = (int) calls.close.invokeExact(descriptor);
            }
        } catch (Throwable e) {
            // What a method handle declares; none of the three throws anything.
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted") // Native access is what this class is for; the launcher allows it.
    private static Optional<Calls> lookUp() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try {
            Linker linker = Linker.nativeLinker();
            FunctionDescriptor open =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
            FunctionDescriptor advise = FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT);
            FunctionDescriptor close = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
            return Optional.of(new Calls(
                    linker.downcallHandle(symbol(linker, "open"), open, Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(symbol(linker, "posix_fadvise"), advise),
                    linker.downcallHandle(symbol(linker, "close"), close)));
        } catch (IllegalArgumentException | UnsupportedOperationException | IllegalCallerException e) {
            LOG.warn("files are read through what the system keeps of them in memory: {}", e.toString());
            return Optional.empty();
        }
    }

    private static MemorySegment symbol(Linker linker, String name) {
        return linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsupportedOperationException("there is no " + name));
    }
}
