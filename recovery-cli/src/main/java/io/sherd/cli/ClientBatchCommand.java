package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.demo.DemoTransaction;
import io.sherd.cli.demo.LineReader;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.wire.Bytes;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code sherd client batch}: has many operations executed, several in flight at a time. */
@Command(
        name = "batch",
        description = {
            "Have the operations of a file executed.",
            "One JSON document a line:",
            "  {\"op\":\"put\",\"key\":\"a\",\"value\":\"b\"}   or get, del, append; valueBase64 for any bytes.",
            "Several are in flight at a time, so operations of one batch may be executed in another order.",
            "What a get finds is printed as it arrives, each with the number of its line."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ClientBatchCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClientConnection connection = new ClientConnection();

    @Parameters(paramLabel = "FILE", description = "The file; - reads standard input.")
    private String file = "-";

    @Option(
            names = "--window",
            defaultValue = "64",
            paramLabel = "COUNT",
            description = "Operations in flight at a time, at most " + ClientOptions.MAX_WINDOW
                    + ". Default: ${DEFAULT-VALUE}.")
    private int window;

    /** The number, from 1, of the last line that was sent. */
    private long lastLine;

    /**
     * What a get of a batch found.
     *
     * @param line its line, from 1
     * @param key the key
     * @param sequence the position at which it was executed
     * @param result found, absent or account
     * @param value the value, if it is text
     * @param valueBase64 the value
     * @param count how often something was appended to the account
     * @param hash the account's rolling hash
     */
    record Got(
            long line,
            String key,
            long sequence,
            String result,
            @Nullable String value,
            @Nullable String valueBase64,
            @Nullable Long count,
            @Nullable String hash)
            implements Report {
        private static final Pattern PRINTABLE = Pattern.compile("[^\\p{Cntrl}\\x{FFFD}]*");

        static Got of(long line, ClientCommand.Outcome outcome) {
            return new Got(
                    line,
                    outcome.key(),
                    outcome.sequence(),
                    outcome.result(),
                    outcome.valueBase64() == null ? null : text(outcome.valueBase64()),
                    outcome.valueBase64(),
                    outcome.count(),
                    outcome.hash());
        }

        @Override
        public String schema() {
            return "sherd.batch-get/1";
        }

        @Override
        public List<String> text() {
            String found;
            if (count != null) {
                found = "account count " + count + " hash " + hash;
            } else if (valueBase64 == null) {
                found = result;
            } else {
                found = value == null ? "base64 " + valueBase64 : value;
            }
            return List.of("line %d: get %s: %s".formatted(line, key, found));
        }

        /** The value, if it can be shown in a line as it is. */
        private static @Nullable String text(String base64) {
            String text = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            return PRINTABLE.matcher(text).matches() ? text : null;
        }
    }

    /** What became of a batch. */
    record Summary(long operations, long committed, long failed, long lastSequence, double seconds, double perSecond)
            implements Report {
        @Override
        public String schema() {
            return "sherd.batch/1";
        }

        @Override
        public List<String> text() {
            return List.of("%d operations: %d committed, %d failed; last seq %d; %s s, %s op/s"
                    .formatted(
                            operations,
                            committed,
                            failed,
                            lastSequence,
                            Units.decimal(seconds, 1),
                            Units.count(perSecond)));
        }
    }

    /** Made by picocli. */
    ClientBatchCommand() {}

    @Override
    public Integer call()
            throws GenesisException, KeyFileException, ClientException, CommandFailure, IOException,
                    InterruptedException {
        if (window < 1 || window > ClientOptions.MAX_WINDOW) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--window must be 1 to " + ClientOptions.MAX_WINDOW);
        }
        Genesis genesis = connection.keyValueGenesis();
        // A channel, because closing it ends a read that waits for a silent terminal.
        FileChannel in = file.equals("-")
                ? new FileInputStream(FileDescriptor.in).getChannel()
                : FileChannel.open(Path.of(file), StandardOpenOption.READ);
        try (LineReader lines = new LineReader(
                        Channels.newInputStream(in), genesis.limits().requestBytes());
                SherdClient client = connection.connect(genesis, window, output);
                // Nothing more is read then; operations in flight are waited for.
                ShutdownWork work = ShutdownWork.stoppedBy(() -> close(in))) {
            Summary summary = run(lines, client, genesis, work);
            output.print(summary);
            if (work.isStopping()) {
                output.note("interrupted behind line %d; to go on, run the same command on: tail -n +%d %s"
                        .formatted(lastLine, lastLine + 1, file));
                return ExitCode.INTERRUPTED.code();
            }
            return (summary.failed() == 0 ? ExitCode.DONE : ExitCode.WARNINGS).code();
        }
    }

    private Summary run(LineReader lines, SherdClient client, Genesis genesis, ShutdownWork work)
            throws IOException, CommandFailure, InterruptedException {
        Tally tally = new Tally();
        try (Progress progress = output.progress("batch", 0, Progress.Unit.TRANSACTIONS)) {
            for (Optional<DemoTransaction> line = next(lines, work);
                    line.isPresent() && !work.isStopping();
                    line = next(lines, work)) {
                KeyValueOperation operation = operation(line.get(), genesis);
                lastLine = line.get().line() + 1;
                tally.sent();
                long number = lastLine;
                var _ = ClientConnection.send(client, operation).whenComplete((done, failure) -> {
                    if (done != null && operation instanceof KeyValueOperation.Get(Bytes key)) {
                        printFound(number, key, done);
                    }
                    tally.ended(done, failure);
                });
                progress.update(tally.committed());
            }
        } catch (CommandFailure bad) {
            client.drain();
            Summary before = tally.summary();
            throw new CommandFailure(
                    bad.exitCode(),
                    bad.word(),
                    String.valueOf(bad.getMessage()),
                    List.of("of %d operations before it, %d are committed and %d failed"
                            .formatted(before.operations(), before.committed(), before.failed())),
                    bad.hint());
        }
        client.drain();
        Summary summary = tally.summary();
        tally.firstFailure().ifPresent(failure -> output.note("first failure: " + failure.getMessage()));
        return summary;
    }

    /** Counts what became of the operations. Thread-safe. */
    private static final class Tally {
        private final long start = System.nanoTime();
        private long sent;
        private long committed;
        private long failed;
        private long lastSequence;
        private @Nullable Throwable firstFailure;

        synchronized void sent() {
            sent++;
        }

        synchronized void ended(@Nullable Committed done, @Nullable Throwable failure) {
            if (done != null) {
                committed++;
                lastSequence = Math.max(lastSequence, done.sequence());
            } else {
                failed++;
                firstFailure = firstFailure == null ? failure : firstFailure;
            }
        }

        synchronized long committed() {
            return committed;
        }

        synchronized Optional<Throwable> firstFailure() {
            return Optional.ofNullable(firstFailure);
        }

        synchronized Summary summary() {
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Summary(sent, committed, failed, lastSequence, seconds, committed / seconds);
        }
    }

    private void printFound(long line, Bytes key, Committed done) {
        String name = new String(key.readOnlyArray(), StandardCharsets.UTF_8);
        try {
            output.print(Got.of(
                    line, ClientCommand.Outcome.of("get", name, done.sequence(), ClientConnection.result(done), 0)));
        } catch (CommandFailure e) {
            output.note("line %d: %s".formatted(line, e.getMessage()));
        }
    }

    private Optional<DemoTransaction> next(LineReader lines, ShutdownWork work) throws IOException, CommandFailure {
        try {
            Optional<DemoTransaction> line = lines.next();
            while (line.isPresent() && line.get().content().isEmpty()) {
                line = lines.next();
            }
            return line;
        } catch (LineReader.LineTooLongException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, "batch.line", file + ": " + e.getMessage(), "a line is one request", e);
        } catch (ClosedChannelException e) {
            if (work.isStopping()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void close(FileChannel in) {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the input cannot be closed", e);
        }
    }

    private KeyValueOperation operation(DemoTransaction line, Genesis genesis) throws CommandFailure {
        String text = new String(line.content().readOnlyArray(), StandardCharsets.UTF_8);
        try {
            JsonNode document = Json.read(text);
            Bytes key = utf8(document.required("key").asString());
            KeyValueOperation operation = switch (document.required("op").asString()) {
                case "put" -> new KeyValueOperation.Put(key, value(document));
                case "append" -> new KeyValueOperation.Append(key, value(document));
                case "get" -> new KeyValueOperation.Get(key);
                case "del" -> new KeyValueOperation.Delete(key);
                default -> throw new IllegalArgumentException("op must be put, get, del or append");
            };
            BoundedInput.requireFits(
                    "line " + (line.line() + 1),
                    operation.encoded().size(),
                    ClientConnection.maxValueBytes(genesis, 0));
            return operation;
        } catch (JacksonException | IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "batch.line",
                    "%s: line %d is not an operation: %s".formatted(file, line.line() + 1, firstLine(e)),
                    "correct that line; `tail -n +%d` gives the file from there on".formatted(line.line() + 1),
                    e);
        }
    }

    private static Bytes value(JsonNode document) {
        JsonNode base64 = document.get("valueBase64");
        return base64 == null
                ? utf8(document.required("value").asString())
                : Bytes.wrap(Base64.getDecoder().decode(base64.asString()));
    }

    private static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
