package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of every command that changes a cluster's member table, and how a change comes about: it is signed for the epoch
 * that the replicas prove to be today's, handed to all of them, and done when a closing certificate binds the table with it. Where
 * another epoch entry came first it is void, and is signed again.
 */
final class AdminConnection {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(5);

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    @Option(names = "--key-file", required = true, paramLabel = "FILE", description = "The key of a listed admin.")
    private @Nullable Path keyFile;

    @Option(
            names = "--timeout",
            defaultValue = "60s",
            paramLabel = "TIME",
            description = "How long the change may take. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(60);

    @Option(names = "--dry-run", description = "Say what would change, and change nothing.")
    private boolean dryRun;

    /** Made by picocli. */
    AdminConnection() {}

    /** Says what to change, given today's table. */
    @FunctionalInterface
    interface Wanted {
        List<MemberChange> changes(Genesis genesis, MemberTable now) throws CommandFailure;
    }

    /** A key or pin as a user writes it. */
    static VerifyingKey key(String what, String hex) throws CommandFailure {
        try {
            return VerifyingKey.fromHex(hex);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "admin.key-form",
                    "%s is not 64 hexadecimal digits: \"%s\"".formatted(what, hex),
                    "`sherd key fingerprint FILE` prints it; nothing was changed",
                    e);
        }
    }

    /** Makes the change, or plans it. */
    AdminReport change(Wanted wanted, OutputOptions output)
            throws GenesisException, KeyFileException, CommandFailure, InterruptedException {
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        Ed25519Signer admin = KeyFile.read(Given.required(keyFile));
        MemberSearch search = new MemberSearch(genesis, new Ed25519Verifier());
        requireAnswers(genesis, search.search(MemberSearch.PATIENCE));
        MemberTable now = search.members();
        List<MemberChange> changes = wanted.changes(genesis, now);
        Request.Change request = signed(genesis, admin, now, changes);
        if (dryRun) {
            return AdminReport.planned(now, request);
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<ClosedEpoch> closed = ordered(genesis, search, request, deadline);
            if (closed.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "admin.unknown",
                        "epoch %d did not end within %d s; whether the change will be ordered is unknown"
                                .formatted(request.epoch(), timeout.toSeconds()),
                        "see `sherd status`, then give the same command again: what is changed already is refused");
            }
            if (closed.get().next().equals(now.after(Batch.of(List.of(request))))) {
                return AdminReport.done(now, request, closed.get());
            }
            output.note("epoch %d ended by another entry; the change is signed again".formatted(now.epoch()));
            now = search.members();
            request = signed(genesis, admin, now, changes);
        }
    }

    private static Request.Change signed(
            Genesis genesis, Ed25519Signer admin, MemberTable now, List<MemberChange> changes) throws CommandFailure {
        if (!now.admins().contains(admin.key())) {
            throw new CommandFailure(
                    ExitCode.KEY,
                    "admin.unlisted",
                    "the key %s is no admin's of this cluster"
                            .formatted(admin.key().hex()),
                    "use the admin key that `sherd init` made; nothing was changed");
        }
        Request.Change request;
        try {
            request = Request.Change.sign(genesis.signingDomain(), admin, now.epoch(), changes);
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        Optional<String> objection = now.objectionTo(request, genesis.quorums());
        if (objection.isPresent()) {
            throw refused(objection.get());
        }
        return request;
    }

    private static CommandFailure refused(String why) {
        return new CommandFailure(ExitCode.UNSAFE, "admin.refused", why, "nothing was changed");
    }

    private static void requireAnswers(Genesis genesis, int answered) throws CommandFailure {
        if (!genesis.quorums().containsCorrect(answered)) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "admin.unreachable",
                    "%d of %d replicas say who takes part today, %d are needed"
                            .formatted(
                                    answered,
                                    genesis.quorums().replicaCount(),
                                    genesis.quorums().oneCorrect()),
                    "see `sherd status`; nothing was changed");
        }
    }

    /** How the change's epoch ended; empty if it does not within the time. */
    private static Optional<ClosedEpoch> ordered(
            Genesis genesis, MemberSearch search, Request.Change request, long deadline)
            throws CommandFailure, InterruptedException {
        long askAt = System.nanoTime();
        while (System.nanoTime() - deadline < 0) {
            if (System.nanoTime() - askAt >= 0) {
                ask(genesis, search.members(), request);
                askAt = System.nanoTime() + BETWEEN_REQUESTS.toNanos();
            }
            Thread.sleep(BETWEEN_LOOKS);
            var _ = search.search(MemberSearch.PATIENCE);
            List<ClosedEpoch> closed = search.closedEpochs();
            if (closed.size() > request.epoch()) {
                return Optional.of(closed.get((int) request.epoch()));
            }
        }
        return Optional.empty();
    }

    /** Hands it to all replicas; one correct one is enough. */
    private static void ask(Genesis genesis, MemberTable members, Request.Change request) throws CommandFailure {
        List<String> refusals = new ArrayList<>();
        for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
            try (AdminClient client = new AdminClient(genesis, members, replica)) {
                String name = "r" + replica;
                client.change(request, MemberSearch.PATIENCE).ifPresent(why -> refusals.add(name + " " + why));
            }
        }
        if (refusals.size() == genesis.quorums().replicaCount()) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "admin.no-taker",
                    "no replica takes the change to order it",
                    refusals,
                    "see `sherd status`; nothing was changed");
        }
    }
}
