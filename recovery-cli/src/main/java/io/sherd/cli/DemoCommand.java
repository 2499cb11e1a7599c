package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.demo.Demo;
import io.sherd.cli.demo.DemoDocument;
import io.sherd.cli.demo.DemoInput;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.Quorums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd demo}: shows everything once, with real processes, disks and connections. */
@Command(
        name = "demo",
        description = {
            "Show Sherd at work, with real processes on this machine.",
            "A cluster orders an input, a learner rebuilds it, a replica is killed, wiped and restored, a flipped bit is",
            "found and repaired. Exit code 0 only if every step held, 1 if one did not. Ctrl-C stops all of it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DemoCommand implements Callable<Integer> {
    private static final int MIN_REPLICAS = 4;
    private static final int REPLICA_HEAP_MIB = 512;
    private static final int CHILD_HEAP_MIB = 512;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private NewCluster newCluster = new NewCluster();

    @Option(
            names = "--faults",
            defaultValue = "auto",
            paramLabel = "F",
            description = "How many of them may be faulty; auto is the most that N allows. Default: ${DEFAULT-VALUE}.")
    private String faults = "auto";

    @Option(
            names = "--tx",
            defaultValue = "20000",
            paramLabel = "COUNT",
            description = "How many made-up transfers to order. Default: ${DEFAULT-VALUE}.")
    private long transactions;

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "Order this file instead, any bytes: one line, of at most 1 MiB, is one transaction.")
    private @Nullable Path inputFile;

    @Option(names = "--keep", description = "Keep the temporary directory, and say where it is.")
    private boolean keep;

    /** Made by picocli. */
    DemoCommand() {}

    @Override
    public Integer call()
            throws CommandFailure, IOException, KeyFileException, StoreException, GenesisException,
                    InterruptedException {
        Founding founding = founding();
        DemoInput given = inputFile == null ? null : DemoInput.of(inputFile);
        try (OwnedCluster owned = newCluster.found(founding, keep, REPLICA_HEAP_MIB, output::note)) {
            Path root = owned.root();
            DemoInput input = given != null
                    ? given
                    : DemoInput.makeTransfers(root.resolve("input.jsonl"), transactions, newCluster.seed());
            output.note("in " + root);
            ChildCommand children = new ChildCommand(root.resolve("log").resolve("commands.log"), CHILD_HEAP_MIB);
            owned.owns(children);
            DemoDocument document;
            try {
                document = new Demo(owned.cluster(), children, input, output, owned::isInterrupted).run();
            } catch (InterruptedException e) {
                if (!owned.isInterrupted()) {
                    throw e;
                }
                // The process ends with the signal's code, and has said that it was interrupted: there is no verdict.
                return ExitCode.INTERRUPTED.code();
            }
            output.print(document);
            if (!document.ok()) {
                output.note(
                        keep || newCluster.hasDirectory()
                                ? "logs are in " + root.resolve("log")
                                : "run with --keep to see the logs");
            }
            return (document.ok() ? ExitCode.DONE : ExitCode.UNEXPECTED).code();
        }
    }

    private Founding founding() throws CommandFailure {
        try {
            int replicas = newCluster.replicas();
            if (replicas < MIN_REPLICAS) {
                throw new IllegalArgumentException(
                        "%d replicas tolerate no fault, so none can be killed".formatted(replicas));
            }
            int f = faults.equals("auto") ? Quorums.largestFaultLimit(replicas) : Integer.parseInt(faults);
            Quorums quorums = new Quorums(replicas, f);
            if (f < 1 || transactions < 1) {
                throw new IllegalArgumentException("--faults and --tx must be at least 1");
            }
            return newCluster.founding("demo", quorums, 1);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "demo.numbers",
                    String.valueOf(e.getMessage()),
                    "n replicas tolerate f faulty ones when n > 3f: 4 tolerate 1, 7 tolerate 2, 10 tolerate 3",
                    e);
        }
    }
}
