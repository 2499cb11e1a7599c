package io.sherd.archive.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of an open database, looked at one by one as the disk has them. A file that is deleted under a database that has it open
 * stays readable to that database, and only to it: so its name is what counts here. Thread-safe.
 */
public final class DatabaseFiles {

    private static final Pattern NUMBERED = Pattern.compile("([0-9]{6,18})\\.(?:sst|blob)");

    private final RocksDatabase database;

    DatabaseFiles(RocksDatabase database) {
        this.database = database;
    }

    /**
     * A file.
     *
     * @param number in the order in which files were made; 0 for one that has none
     * @param path where it is
     * @param family of which family's keys it is a table, in blocks with checksums; empty if it is none: values are checked by
     *     whoever reads them
     * @param bytes its size; 0 if it is gone
     */
    public record DatabaseFile(long number, Path path, Optional<String> family, long bytes) {

        /** Whether it holds keys. */
        public boolean holdsTable() {
            return family.isPresent();
        }

        /** Whether it holds values that are apart from their keys. */
        public boolean holdsValues() {
            return number > 0 && family.isEmpty();
        }
    }

    /** The files that the database consists of now, but for its log, by number. */
    public List<DatabaseFile> live() throws StoreException {
        List<DatabaseFile> files = new ArrayList<>();
        Map<Path, String> tables = database.tables();
        for (Path path : database.liveFiles()) {
            Path name = path.getFileName();
            Matcher numbered = NUMBERED.matcher(name == null ? "" : name.toString());
            // Its options are written down by RocksDB for people: we have our own.
            if (numbered.matches() && (path.toString().endsWith(".blob") || tables.containsKey(path))) {
                files.add(new DatabaseFile(
                        Long.parseLong(numbered.group(1)), path, Optional.ofNullable(tables.get(path)), sizeOf(path)));
            } else if (!numbered.matches() && name != null && !name.toString().startsWith("OPTIONS")) {
                files.add(new DatabaseFile(0, path, Optional.empty(), sizeOf(path)));
            }
        }
        files.sort(Comparator.comparingLong(DatabaseFile::number));
        return files;
    }

    /**
     * Checks that a file is there and, if it holds a table, the checksums of all its blocks. One that the database does not need any more
     * is not looked at.
     *
     * @throws StoreCorruptException if it is gone, or not what was written
     * @throws StoreException if the disk does not answer
     */
    public void check(DatabaseFile file) throws StoreException {
        try {
            if (!Files.exists(file.path)) {
                throw new StoreCorruptException(file.path + " is gone");
            }
            if (file.holdsTable()) {
                database.verifyBlocks(file.path);
            }
        } catch (StoreException e) {
            if (database.liveFiles().contains(file.path)) {
                throw e;
            }
        }
    }

    /** Makes the next reads of all files go to the disk, where the system can be asked for that. */
    public void forgetCached() throws StoreException {
        for (Path path : database.liveFiles()) {
            PageCache.forget(path);
        }
    }

    private static long sizeOf(Path path) throws StoreException {
        try {
            return Files.exists(path) ? Files.size(path) : 0;
        } catch (IOException e) {
            throw new StoreException(path + " cannot be looked at", e);
        }
    }
}
