package io.sherd.consensus.durable;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered.Sealing;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.wire.TestCluster;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A process of its own that speaks votes, or says how many votes a log has. */
final class VoteLogProcess {

    static final int SELF = 2;

    /** Exit code when the log is refused. */
    static final int REFUSED = 3;

    private VoteLogProcess() {}

    /** Starts a process whose standard output goes to a file. */
    static Process start(Path output, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                "-cp",
                System.getProperty("java.class.path"),
                VoteLogProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(output.toFile()))
                .redirectInput(Redirect.from(new File("/dev/null")))
                .start();
    }

    /** {@code speak PATH}: a vote for one position after another, its number printed once it is durable; {@code count PATH}. */
    public static void main(String[] arguments) throws Exception {
        TestCluster cluster = new TestCluster(4);
        Path path = Path.of(arguments[1]);
        try (VoteLog log = VoteLog.open(path, cluster.genesis(), SELF, TestCluster.directory(SELF))) {
            List<Message.Prepare> votes = log.recover(new StartingPoint(
                            cluster.genesis().members(), List.of(), Optional.empty(), 0, false, Sealing.NONE))
                    .prepares();
            if (arguments[0].equals("count")) {
                System.out.println(votes.size());
                return;
            }
            for (long sequence = votes.size() + 1L; ; sequence++) {
                var batch = cluster.batch(sequence);
                log.append(
                        List.of(
                                new VoteRecord.Proposal(cluster.prePrepare(0, 0, sequence, batch)),
                                new VoteRecord.OwnPrepare(
                                        cluster.prepare(cluster.ballot(0, 0, sequence, batch), SELF))),
                        true);
                System.out.println(sequence);
            }
        } catch (StoreException e) {
            System.out.println(e);
            System.exit(REFUSED);
        }
    }
}
