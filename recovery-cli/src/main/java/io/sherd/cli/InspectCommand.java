package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.inspect.CheckpointReport;
import io.sherd.cli.inspect.DirectoryView;
import io.sherd.cli.inspect.EntryReport;
import io.sherd.cli.inspect.GenesisReport;
import io.sherd.cli.inspect.Inspected;
import io.sherd.cli.inspect.LimitsReport;
import io.sherd.cli.inspect.ManifestReport;
import io.sherd.cli.inspect.PieceReport;
import io.sherd.cli.inspect.SegmentReport;
import io.sherd.cli.inspect.StateKeyReport;
import io.sherd.cli.inspect.StateReport;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sherd inspect}: shows one thing of a data directory, or of a genesis, and whether it is what it must be. */
@Command(
        name = "inspect",
        description = {
            "Show one thing of a data directory, dead or in use, or of a genesis, and check it. Nothing is ever written.",
            "Exit code 0: proved; 14: nothing is wrong, but nothing proves it yet; 6: it is not there; 10, 11, 13: it is bad."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            InspectCommand.Manifest.class,
            InspectCommand.Segment.class,
            InspectCommand.Piece.class,
            InspectCommand.Checkpoint.class,
            InspectCommand.Entry.class,
            InspectCommand.State.class,
            InspectCommand.GenesisShown.class,
            InspectCommand.LimitsShown.class
        })
final class InspectCommand extends CommandGroup {
    /** Made by picocli. */
    InspectCommand() {}

    /** A command that looks at something of a data directory and checks it against the genesis. */
    @Command
    abstract static class OfDirectory implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ArchiveOptions archive = new ArchiveOptions();

        /** For subclasses. */
        OfDirectory() {}

        /** Looks at it. */
        abstract Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure;

        @Override
        public final Integer call() throws GenesisException, StoreException, CommandFailure {
            Genesis genesis = archive.genesis();
            Inspected found = DirectoryView.look(
                    archive.directory(), Optional.of(genesis), directory -> look(genesis, directory));
            output.print(found);
            return found.exitCode();
        }
    }

    /** A command that shows something of a genesis. */
    @Command
    abstract static class OfGenesis implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
        private @Nullable Path genesisFile;

        /** For subclasses. */
        OfGenesis() {}

        /** Describes it. */
        abstract Inspected describe(Genesis genesis);

        @Override
        public final Integer call() throws GenesisException {
            Inspected found = describe(GenesisFile.read(Given.required(genesisFile)));
            output.print(found);
            return found.exitCode();
        }
    }

    /** {@code sherd inspect manifest}. */
    @Command(
            name = "manifest",
            description = {
                "Show whose a data directory is, and whether its stores hold what was durable.",
                "Also: what it may sign, who has it open, the formats, and the high-water record of each store."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Manifest implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Option(
                names = "--data-dir",
                required = true,
                paramLabel = "DIR",
                description = "The replica's data directory.")
        private @Nullable Path dataDirectory;

        @Option(
                names = "--genesis",
                paramLabel = "FILE",
                description = "The genesis of the cluster that it must be of.")
        private @Nullable Path genesisFile;

        /** Made by picocli. */
        Manifest() {}

        @Override
        public Integer call() throws GenesisException, StoreException, CommandFailure {
            Optional<Genesis> genesis =
                    genesisFile == null ? Optional.empty() : Optional.of(GenesisFile.read(genesisFile));
            Inspected found = DirectoryView.look(Given.required(dataDirectory), genesis, ManifestReport::of);
            output.print(found);
            return found.exitCode();
        }
    }

    /** {@code sherd inspect segment}. */
    @Command(
            name = "segment",
            description = "Show the commitment of a segment, what is here of the segment, and whether that is proved.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Segment extends OfDirectory {
        @Parameters(index = "0", paramLabel = "SEGMENT", description = "The segment's number, from 0.")
        private long segment;

        /** Made by picocli. */
        Segment() {}

        @Override
        Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure {
            return SegmentReport.of(genesis, directory, segment);
        }
    }

    /** {@code sherd inspect piece}. */
    @Command(
            name = "piece",
            description = "Show a stored piece of a segment and the path that proves it, and follow that path.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Piece extends OfDirectory {
        @Parameters(index = "0", paramLabel = "SEGMENT", description = "The segment's number, from 0.")
        private long segment;

        @Option(
                names = "--index",
                paramLabel = "I",
                description = "Which of the segment's pieces; without it the replica's own.")
        private @Nullable Integer index;

        @Option(names = "--hex", description = "Show its bytes as well.")
        private boolean hex;

        /** Made by picocli. */
        Piece() {}

        @Override
        Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure {
            return PieceReport.of(genesis, directory, new PieceReport.Wanted(segment, index, hex));
        }
    }

    /** {@code sherd inspect checkpoint}. */
    @Command(
            name = "checkpoint",
            description = "Show a checkpoint certificate, and check its signatures from the genesis on.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Checkpoint extends OfDirectory {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "SEQUENCE",
                description = "The position of a certificate; without it the newest.")
        private @Nullable Long sequence;

        /** Made by picocli. */
        Checkpoint() {}

        @Override
        Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure {
            return CheckpointReport.of(genesis, directory, sequence);
        }
    }

    /** {@code sherd inspect entry}. */
    @Command(
            name = "entry",
            aliases = "tx",
            description = {
                "Show the requests of one entry of the ledger, if its bytes are in this directory.",
                "Where they are dispersed, say which command gets them."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Entry extends OfDirectory {
        @Parameters(index = "0", paramLabel = "SEQUENCE", description = "The entry's position, from 1.")
        private long sequence;

        /** Made by picocli. */
        Entry() {}

        @Override
        Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure {
            return EntryReport.of(genesis, directory, sequence);
        }
    }

    /** {@code sherd inspect state}. */
    @Command(
            name = "state",
            description =
                    "Show the state's roots and who certifies them; or the value of a key, proved to such a root.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class State extends OfDirectory {
        @Parameters(index = "0", arity = "0..1", paramLabel = "KEY", description = "The key, as text.")
        private @Nullable String key;

        /** Made by picocli. */
        State() {}

        @Override
        Inspected look(Genesis genesis, DirectoryView directory) throws StoreException, CommandFailure {
            return key == null ? StateReport.of(genesis, directory) : StateKeyReport.of(genesis, directory, key);
        }
    }

    /** {@code sherd inspect genesis}. */
    @Command(
            name = "genesis",
            description = "Show what a cluster is founded on.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class GenesisShown extends OfGenesis {
        /** Made by picocli. */
        GenesisShown() {}

        @Override
        Inspected describe(Genesis genesis) {
            return GenesisReport.of(genesis);
        }
    }

    /** {@code sherd inspect limits}. */
    @Command(
            name = "limits",
            description = "Show the numbers that all replicas of a cluster agree on.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class LimitsShown extends OfGenesis {
        /** Made by picocli. */
        LimitsShown() {}

        @Override
        Inspected describe(Genesis genesis) {
            return LimitsReport.of(genesis);
        }
    }
}
