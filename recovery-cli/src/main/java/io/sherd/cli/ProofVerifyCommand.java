package io.sherd.cli;

import io.sherd.archive.files.BoundedFile;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.proof.ProofFile;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sherd proof verify}: checks a proof with the genesis alone. */
@Command(
        name = "verify",
        description = {
            "Check a proof from `sherd proof get`. Nothing but the genesis is trusted, and nobody is asked.",
            "Exit code 13 if it does not hold; the error names the step that fails."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ProofVerifyCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Parameters(index = "0", paramLabel = "FILE", description = "The proof.")
    private @Nullable Path file;

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    /** Made by picocli. */
    ProofVerifyCommand() {}

    @Override
    public Integer call() throws GenesisException, StoreException, InvalidProofException, CommandFailure, IOException {
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        Path from = Given.required(file);
        output.print(ProofReport.of(genesis, ProofFile.read(read(from)), from));
        return ExitCode.DONE.code();
    }

    private static byte[] read(Path file) throws IOException, InvalidProofException, CommandFailure {
        try {
            BoundedFile.requirePlain(file);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "proof.no-file",
                    "%s is no proof: %s".formatted(file, e.getMessage()),
                    "name the file of the proof",
                    e);
        }
        byte[] bytes = BoundedFile.read(file, ProofFile.MAX_BYTES);
        if (bytes.length > ProofFile.MAX_BYTES) {
            throw new InvalidProofException(
                    ProofStep.FILE, "it has more than the %d bytes of any proof".formatted(ProofFile.MAX_BYTES));
        }
        return bytes;
    }
}
