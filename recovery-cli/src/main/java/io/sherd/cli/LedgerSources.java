package io.sherd.cli;

import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.restore.RestoreSources;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of commands that read the ledger from wherever it is: replicas that run, their data directories, or exported archives. */
final class LedgerSources {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec command;

    @Option(
            names = "--source",
            paramLabel = "WHERE",
            description = {
                "Where from: peers, the replicas that run; dir:PATH, the data directory of one",
                "that does not run, or a copy; file:PATH, an exported archive, without peers.",
                "May be given more than once. Default: peers."
            })
    private List<String> sources = new ArrayList<>();

    @Option(
            names = "--timeout",
            defaultValue = "30s",
            paramLabel = "TIME",
            description = "Give up when something has been missing for so long. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(30);

    /** Made by picocli. */
    LedgerSources() {}

    Duration timeout() {
        return timeout;
    }

    /** What is open while a command reads; to be closed. */
    record Opened(SourceDirectory directory, StoredReplicas stored) implements AutoCloseable {

        @Override
        public void close() throws StoreException {
            stored.close();
        }
    }

    /**
     * Opens what was named; replicas that run are not asked yet.
     *
     * @param genesis the cluster
     * @throws CommandFailure if two directories are of one replica
     * @throws StoreException if one is none, is of another cluster, or is in use
     * @throws IOException if an exported archive is not there, or cannot be read
     */
    Opened open(Genesis genesis) throws StoreException, CommandFailure, IOException {
        NamedSources named = NamedSources.of(sources, command.commandLine());
        if (named.peers() && !named.files().isEmpty()) {
            throw new CommandLine.ParameterException(
                    command.commandLine(), "--source peers and --source file:PATH cannot be given together here");
        }
        StoredReplicas stored = named.open(genesis, _ -> true);
        RestoreSources from = new RestoreSources(
                named.peers() ? LivePeers.of(genesis, timeout) : EdgeSources.of(genesis),
                named.peers(),
                stored.replicas(),
                stored.unreadable());
        return new Opened(from.of(genesis), stored);
    }
}
