package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sherd client}: has operations ordered and executed, and prints what became of them. */
@Command(
        name = "client",
        description = "Have operations ordered and executed: on a cluster's keys, or by a state machine of one's own.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ClientCommand.Put.class,
            ClientCommand.Get.class,
            ClientCommand.Del.class,
            ClientBatchCommand.class,
            ClientSendCommand.class
        })
final class ClientCommand extends CommandGroup {
    /** Made by picocli. */
    ClientCommand() {}

    /**
     * What became of one operation.
     *
     * @param operation put, get or del
     * @param key the key
     * @param sequence the position at which it was executed
     * @param result done, absent, found or account
     * @param valueBase64 the value that was found
     * @param count how often something was appended to the account
     * @param hash the account's rolling hash
     * @param millis from sending to f + 1 equal answers
     */
    record Outcome(
            String operation,
            String key,
            long sequence,
            String result,
            @Nullable String valueBase64,
            @Nullable Long count,
            @Nullable String hash,
            double millis)
            implements Report {

        /** What the state machine's answer to an operation on a key means. */
        static Outcome of(String operation, String key, long sequence, KeyValueResult result, double millis)
                throws CommandFailure {
            return switch (result) {
                case KeyValueResult.Done _ -> new Outcome(operation, key, sequence, "done", null, null, null, millis);
                case KeyValueResult.Absent _ ->
                    new Outcome(operation, key, sequence, "absent", null, null, null, millis);
                case KeyValueResult.Found(Bytes value) ->
                    new Outcome(
                            operation,
                            key,
                            sequence,
                            "found",
                            Base64.getEncoder().encodeToString(value.readOnlyArray()),
                            null,
                            null,
                            millis);
                case KeyValueResult.Account(long count, var hash) ->
                    new Outcome(operation, key, sequence, "account", null, count, hash.hex(), millis);
                case KeyValueResult.Malformed _,
                        KeyValueResult.KeyTooLong _,
                        KeyValueResult.NotAnAccount _,
                        KeyValueResult.TooMuch _,
                        KeyValueResult.Many _ ->
                    throw new CommandFailure(
                            ExitCode.UNEXPECTED,
                            "result.unexpected",
                            "%s %s was ordered at %d and answered with %s".formatted(operation, key, sequence, result),
                            "use the program version that the replicas have");
            };
        }

        @Override
        public String schema() {
            return "sherd.client/1";
        }

        @Override
        public List<String> text() {
            String account = count == null ? "" : " count " + count + " hash " + hash;
            return List.of("%s %s: %s%s, committed seq %d in %s ms"
                    .formatted(operation, key, result, account, sequence, Units.decimal(millis, 1)));
        }
    }

    /** {@code sherd client put}. */
    @Command(
            name = "put",
            description = "Give a key a value.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Put implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
        private CommandSpec spec;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClientConnection connection = new ClientConnection();

        @Parameters(index = "0", paramLabel = "KEY", description = "The key, as text.")
        private String key = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "VALUE",
                description = "The value, as text, possibly empty; - reads it from standard input.")
        private @Nullable String value;

        @Option(names = "--file", paramLabel = "FILE", description = "Take the value from a file, any bytes.")
        private @Nullable Path file;

        /** Made by picocli. */
        Put() {}

        @Override
        public Integer call()
                throws GenesisException, KeyFileException, ClientException, CommandFailure, IOException,
                        InterruptedException {
            Genesis genesis = connection.keyValueGenesis();
            Bytes keyBytes = keyOf(key);
            Bytes valueBytes = value(ClientConnection.maxValueBytes(genesis, keyBytes.size()));
            try (SherdClient client = connection.connect(genesis, 1, output)) {
                output.print(run(client, "put", key, new KeyValueOperation.Put(keyBytes, valueBytes)));
            }
            return ExitCode.DONE.code();
        }

        private Bytes value(long limitBytes) throws CommandFailure, IOException {
            if ((value == null) == (file == null)) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "give either a VALUE (possibly -) or --file");
            }
            if (file != null) {
                return BoundedInput.ofFile(file, limitBytes);
            }
            if ("-".equals(value)) {
                return BoundedInput.ofStream(System.in, limitBytes);
            }
            return BoundedInput.ofText("the value", Given.required(value), limitBytes);
        }
    }

    /** A command about one key that must hold something. */
    @Command
    abstract static class OfKey implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClientConnection connection = new ClientConnection();

        @Parameters(index = "0", paramLabel = "KEY", description = "The key, as text.")
        private String key = "";

        /** For subclasses. */
        OfKey() {}

        /** What is done with the key. */
        abstract KeyValueOperation operation(Bytes keyBytes);

        /** Prints what became of it. */
        abstract void print(OutputOptions to, Outcome outcome);

        @Override
        public final Integer call()
                throws GenesisException, KeyFileException, ClientException, CommandFailure, InterruptedException {
            Genesis genesis = connection.keyValueGenesis();
            KeyValueOperation operation = operation(keyOf(key));
            try (SherdClient client = connection.connect(genesis, 1, output)) {
                String name = operation instanceof KeyValueOperation.Get ? "get" : "del";
                Outcome outcome = run(client, name, key, operation);
                if (outcome.result().equals("absent")) {
                    throw new CommandFailure(
                            ExitCode.NOT_FOUND,
                            "key.absent",
                            "nothing is under the key \"" + key + "\"",
                            "check the key");
                }
                print(output, outcome);
            }
            return ExitCode.DONE.code();
        }
    }

    /** {@code sherd client get}. */
    @Command(
            name = "get",
            description = "Print the value of a key, exactly its bytes; exit code 6 if it has none.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Get extends OfKey {
        /** Made by picocli. */
        Get() {}

        @Override
        KeyValueOperation operation(Bytes keyBytes) {
            return new KeyValueOperation.Get(keyBytes);
        }

        @Override
        void print(OutputOptions to, Outcome outcome) {
            if (outcome.valueBase64() != null && !to.json()) {
                to.raw(Base64.getDecoder().decode(outcome.valueBase64()));
            } else {
                to.print(outcome);
            }
        }
    }

    /** {@code sherd client del}. */
    @Command(
            name = "del",
            description = "Take a key's value away; exit code 6 if it has none.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Del extends OfKey {
        /** Made by picocli. */
        Del() {}

        @Override
        KeyValueOperation operation(Bytes keyBytes) {
            return new KeyValueOperation.Delete(keyBytes);
        }

        @Override
        void print(OutputOptions to, Outcome outcome) {
            to.print(outcome);
        }
    }

    private static Bytes keyOf(String key) throws CommandFailure {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > StateMachine.State.MAX_KEY_BYTES) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "key.too-long",
                    "a key of %d bytes, at most %d are allowed"
                            .formatted(bytes.length, StateMachine.State.MAX_KEY_BYTES),
                    "use a shorter key");
        }
        return Bytes.wrap(bytes);
    }

    private static Outcome run(SherdClient client, String name, String key, KeyValueOperation operation)
            throws ClientException, CommandFailure, InterruptedException {
        long start = System.nanoTime();
        ClientConnection.Answer answer = ClientConnection.execute(client, operation);
        double millis = (System.nanoTime() - start) / 1e6;
        return Outcome.of(name, key, answer.committed().sequence(), answer.result(), millis);
    }
}
