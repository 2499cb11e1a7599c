package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.RequestJson;
import io.sherd.cli.output.Units;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sherd client send}: hands an operation of any bytes to the cluster's state machine. */
@Command(
        name = "send",
        description = {
            "Hand an operation to the cluster's state machine, whatever it means to it, and print the result's bytes.",
            "For clusters with a state machine of their own. Exit code 14 if the result has no bytes, as it has",
            "where the state machine failed: the operation is in the ledger then and had no effect."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ClientSendCommand implements Callable<Integer> {
    private static final String RESULT = "result";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClientConnection connection = new ClientConnection();

    @Parameters(arity = "0..1", paramLabel = "OPERATION", description = "The operation, as text.")
    private @Nullable String operation;

    @Option(names = "--file", paramLabel = "FILE", description = "Take the operation from a file, any bytes.")
    private @Nullable Path file;

    /**
     * What became of an operation.
     *
     * @param sequence the position at which it was executed
     * @param result the result, if it is a text
     * @param resultBase64 the result, if it is none
     * @param millis from sending to f + 1 equal answers
     */
    record Sent(
            long sequence,
            @Nullable String result,
            @Nullable String resultBase64,
            double millis) implements Report {
        static Sent of(Committed committed, double millis) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            RequestJson.text(fields, RESULT, committed.result());
            return new Sent(
                    committed.sequence(), (String) fields.get(RESULT), (String) fields.get(RESULT + "Base64"), millis);
        }

        @Override
        public String schema() {
            return "sherd.client-send/1";
        }

        @Override
        public List<String> text() {
            return List.of("committed seq %d in %s ms".formatted(sequence, Units.decimal(millis, 1)));
        }
    }

    /** Made by picocli. */
    ClientSendCommand() {}

    @Override
    public Integer call()
            throws GenesisException, KeyFileException, ClientException, CommandFailure, IOException,
                    InterruptedException {
        Genesis genesis = connection.genesis();
        Bytes payload = payload(genesis.limits().requestBytes() - Request.Operation.OVERHEAD_BYTES);
        try (SherdClient client = connection.connect(genesis, 1, output)) {
            long start = System.nanoTime();
            Committed committed = ClientConnection.submit(client, payload);
            return print(committed, (System.nanoTime() - start) / 1e6).code();
        }
    }

    private ExitCode print(Committed committed, double millis) {
        if (output.json()) {
            output.print(Sent.of(committed, millis));
        } else {
            output.raw(committed.result().readOnlyArray());
        }
        return committed.result().isEmpty() ? ExitCode.WARNINGS : ExitCode.DONE;
    }

    private Bytes payload(long limitBytes) throws CommandFailure, IOException {
        if ((operation == null) == (file == null)) {
            throw new ParameterException(spec.commandLine(), "give either an OPERATION or --file");
        }
        return file == null
                ? BoundedInput.ofText("the operation", Given.required(operation), limitBytes)
                : BoundedInput.ofFile(file, limitBytes);
    }
}
