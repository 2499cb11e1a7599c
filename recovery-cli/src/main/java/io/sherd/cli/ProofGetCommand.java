package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.proof.KeyProof;
import io.sherd.archive.proof.ProofFile;
import io.sherd.archive.proof.ProofSearch;
import io.sherd.archive.proof.ProofUnavailableException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.RequestJson;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sherd proof get}: makes a proof and writes it to a file. */
@Command(
        name = "get",
        description = {
            "Write the proof of a transaction, or of what a key holds, to a file.",
            "Whoever has the genesis checks it with `sherd proof verify`, and asks nobody."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ProofGetCommand implements Callable<Integer> {
    /** More requests of an entry than these are not listed for the user to choose from. */
    private static final int MOST_LISTED = 20;

    private static final Pattern PLACE = Pattern.compile("([1-9][0-9]{0,17})(?:/([0-9]{1,5}))?");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private LedgerSources sources = new LedgerSources();

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TX",
            description = {
                "Which transaction: SEQ, its position, as `sherd client put` prints it;",
                "SEQ/INDEX where the entry there has several; or its digest, 64 hexadecimal",
                "digits, for which the ledger is read from its end until it is found."
            })
    private @Nullable String transaction;

    @Option(names = "--key", paramLabel = "KEY", description = "A key, as text, instead of a transaction.")
    private @Nullable String key;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new file for the proof.")
    private @Nullable Path out;

    /** Made by picocli. */
    ProofGetCommand() {}

    @Override
    public Integer call()
            throws GenesisException, StoreException, CommandFailure, ReassemblyException, InvalidProofException,
                    ProofUnavailableException, IOException, InterruptedException {
        Path file = Given.required(out);
        if ((transaction == null) == (key == null)) {
            throw new CommandLine.ParameterException(spec.commandLine(), "give either a TX or --key");
        }
        requireReadable(transaction);
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        try (LedgerSources.Opened from = sources.open(genesis);
                ProofSearch search =
                        new ProofSearch(genesis, new Ed25519Verifier(), from.directory(), sources.timeout())) {
            byte[] proof = proof(genesis, search);
            // What cannot be verified here is not handed to anybody.
            ProofReport report = ProofReport.of(genesis, ProofFile.read(proof), file);
            Files.write(file, proof, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            output.print(report);
            return ExitCode.DONE.code();
        }
    }

    private void requireReadable(@Nullable String text) {
        if (text != null
                && !PLACE.matcher(text).matches()
                && !DIGEST.matcher(text).matches()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "TX must be SEQ, SEQ/INDEX or 64 hexadecimal digits, not \"%s\"".formatted(text));
        }
    }

    private byte[] proof(Genesis genesis, ProofSearch search)
            throws ProofUnavailableException, ReassemblyException, CommandFailure, InterruptedException {
        if (key != null) {
            KeyProof proof = search.key(Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)));
            return proof.encoded();
        }
        String text = Given.required(transaction);
        Matcher place = PLACE.matcher(text);
        if (DIGEST.matcher(text).matches() || !place.matches()) {
            return search.transaction(Digest.of(HexFormat.of().parseHex(text), 0))
                    .encoded();
        }
        ProofSearch.Found found = search.entry(Long.parseLong(place.group(1)));
        int index = index(genesis, found, place.group(2));
        TransactionProof proof = search.transaction(found, index);
        return proof.encoded();
    }

    private static int index(Genesis genesis, ProofSearch.Found found, @Nullable String given) throws CommandFailure {
        List<Request> requests = found.entry().batch().requests();
        long sequence = found.entry().sequence();
        if (requests.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "tx.absent", "entry %d is empty".formatted(sequence), "name another one");
        }
        if (given == null && requests.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "tx.ambiguous",
                    "entry %d has %d transactions".formatted(sequence, requests.size()),
                    listed(genesis, sequence, requests),
                    "name one, such as %d/0".formatted(sequence));
        }
        int index = given == null ? 0 : Integer.parseInt(given);
        if (index >= requests.size()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "tx.absent",
                    "entry %d has %d transactions, from %d/0 on".formatted(sequence, requests.size(), sequence),
                    listed(genesis, sequence, requests),
                    "name one of them");
        }
        return index;
    }

    private static List<String> listed(Genesis genesis, long sequence, List<Request> requests) {
        List<String> lines = new ArrayList<>();
        for (int index = 0; index < Math.min(requests.size(), MOST_LISTED); index++) {
            lines.add("%d/%d %s".formatted(sequence, index, Json.of(RequestJson.fields(genesis, requests.get(index)))));
        }
        if (requests.size() > MOST_LISTED) {
            lines.add("and %d more".formatted(requests.size() - MOST_LISTED));
        }
        return lines;
    }
}
