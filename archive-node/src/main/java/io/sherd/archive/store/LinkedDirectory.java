package io.sherd.archive.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory of links to the files of another one, as they were when it was made. A RocksDB that is opened for reading deletes, when it is
 * closed, every file in its directory that it does not know: all that a process which has the database open has written meanwhile. So whoever
 * only looks opens links, and what is deleted are links.
 */
final class LinkedDirectory implements AutoCloseable {

    private final Path target;
    private final Path links;

    private LinkedDirectory(Path target, Path links) {
        this.target = target;
        this.links = links;
    }

    /** Links to what is in a directory now. */
    static LinkedDirectory to(Path directory) throws IOException {
        Path target = directory.toAbsolutePath();
        LinkedDirectory made = new LinkedDirectory(target, Files.createTempDirectory("sherd-view"));
        try (Stream<Path> files = Files.list(target)) {
            List<Path> now = files.toList();
            for (Path file : now) {
                Path _ = Files.createSymbolicLink(made.links.resolve(target.relativize(file)), file);
            }
            return made;
        } catch (IOException e) {
            made.close();
            throw e;
        }
    }

    /** Where the links are. */
    Path path() {
        return links;
    }

    /** A message that names the files that are meant. */
    String named(String message) {
        return message.replace(links.toString(), target.toString());
    }

    @Override
    public void close() throws IOException {
        DurableFiles.deleteTree(links);
    }
}
