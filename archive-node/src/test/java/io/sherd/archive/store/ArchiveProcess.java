package io.sherd.archive.store;

import io.sherd.replication.piece.Disperser.Dispersed;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Fills an archive in a process of its own: what the test reads afterwards comes from the files, and not from the cache of
 * blocks that all databases of one process share.
 */
final class ArchiveProcess {

    private ArchiveProcess() {}

    /**
     * Makes an archive that is compacted and closed.
     *
     * @param archive where
     * @param seed of its {@link TestLedger}
     * @param segments how many it holds, of {@link #segment}
     */
    static void fill(Path archive, long seed, int segments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ArchiveProcess.class.getName(),
                        archive.toString(),
                        Long.toString(seed),
                        Integer.toString(segments))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.INHERIT)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .start();
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException("the process that fills " + archive + " ended with " + code);
        }
    }

    /** The next small segment of a ledger: many of them have their commitments in several blocks. */
    static Dispersed segment(TestLedger ledger) {
        return ledger.next(200);
    }

    /** {@code PATH SEED SEGMENTS}, as {@link #fill} says. */
    public static void main(String[] arguments) throws Exception {
        Path archive = Path.of(arguments[0]);
        TestLedger ledger = new TestLedger(Long.parseLong(arguments[1]));
        RocksPieceStore.create(archive, ledger.owner);
        try (RocksPieceStore store = RocksPieceStore.open(archive, ledger.owner)) {
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                Dispersed dispersed = segment(ledger);
                store.putSealed(
                        dispersed.commitment(), Optional.of(dispersed.pieces().getFirst()), Optional.empty());
            }
            store.flushAndCompact();
        }
    }
}
