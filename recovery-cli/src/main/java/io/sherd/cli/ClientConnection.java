package io.sherd.cli;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that writes to a cluster, and what they all do with them. */
final class ClientConnection {
    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    @Option(
            names = "--key-file",
            required = true,
            paramLabel = "FILE",
            description = "The client's key; it must be listed. One process at a time may use a key.")
    private @Nullable Path keyFile;

    @Option(
            names = "--timeout",
            defaultValue = "30s",
            paramLabel = "TIME",
            description = "How long one operation may take. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(30);

    /** Made by picocli. */
    ClientConnection() {}

    /** The genesis that the options name. */
    Genesis genesis() throws GenesisException {
        return GenesisFile.read(Given.required(genesisFile));
    }

    /** The genesis that the options name, of a cluster that has keys and values. */
    Genesis keyValueGenesis() throws GenesisException, CommandFailure {
        Genesis genesis = genesis();
        if (!genesis.stateMachine().equals(KeyValueMachine.NAME)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "machine.other",
                    "this command speaks to the state machine %s; this cluster has %s"
                            .formatted(KeyValueMachine.NAME, genesis.stateMachine()),
                    "`sherd client send` hands any operation to it; nothing was sent");
        }
        return genesis;
    }

    /** Connects with a window; what is waited for long is noted. */
    SherdClient connect(Genesis genesis, int window, OutputOptions output)
            throws KeyFileException, ClientException, CommandFailure, InterruptedException {
        Path file = Given.required(keyFile);
        Signer signer = KeyFile.read(file);
        if (!genesis.members().isClient(signer.key())
                && !LivePeers.search(genesis, timeout).members().isClient(signer.key())) {
            throw new CommandFailure(
                    ExitCode.KEY,
                    "key.unlisted",
                    "%s holds the key %s, which neither the genesis nor an admin has listed as a client's"
                            .formatted(file, signer.key().hex()),
                    "use the key that `sherd init` made, or ask the cluster's admin");
        }
        return SherdClient.connect(
                genesis, signer, ClientOptions.DEFAULT.withWindow(window).withDeadline(timeout), output::note);
    }

    /** The most bytes that a value may have beside its key: known from the genesis, before anything is connected or read. */
    static long maxValueBytes(Genesis genesis, int keyBytes) {
        return (long) genesis.limits().requestBytes()
                - io.sherd.replication.ledger.Request.Operation.OVERHEAD_BYTES
                - OPERATION_OVERHEAD_BYTES
                - keyBytes;
    }

    /** Kind, key length and value length of a put or an append. */
    private static final int OPERATION_OVERHEAD_BYTES = 9;

    /** An operation's fate. */
    record Answer(Committed committed, KeyValueResult result) {}

    /** Has one operation executed and waits for what became of it. */
    static Answer execute(SherdClient client, KeyValueOperation operation)
            throws ClientException, CommandFailure, InterruptedException {
        Committed committed = await(send(client, operation));
        return new Answer(committed, result(committed));
    }

    /** Sends one operation; one that only reads is asked again where its result got lost. */
    static CompletableFuture<Committed> send(SherdClient client, KeyValueOperation operation)
            throws InterruptedException {
        return operation instanceof KeyValueOperation.Get
                ? client.submitRead(operation.encoded())
                : client.submit(operation.encoded());
    }

    /** Has any operation executed and waits for what became of it. */
    static Committed submit(SherdClient client, Bytes operation) throws ClientException, InterruptedException {
        return await(client.submit(operation));
    }

    private static Committed await(CompletableFuture<Committed> answer) throws ClientException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ClientException failure) {
                throw failure;
            }
            throw new IllegalStateException("an operation failed with something unforeseen", e);
        }
    }

    /** What the state machine answered. */
    static KeyValueResult result(Committed committed) throws CommandFailure {
        try {
            return KeyValueResult.decode(committed.result());
        } catch (WireFormatException e) {
            throw new CommandFailure(
                    ExitCode.FORMAT,
                    "result.format",
                    "f+1 replicas agree on a result that this program does not understand: " + e.getMessage(),
                    "use the program version that the replicas have",
                    e);
        }
    }
}
