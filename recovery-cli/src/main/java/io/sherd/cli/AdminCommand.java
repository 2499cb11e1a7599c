package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sherd admin}: changes keys, addresses and clients of a running cluster. */
@Command(
        name = "admin",
        description = "Change keys, addresses and clients of a running cluster, with an admin's key.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            AdminCommand.ReplaceKey.class,
            AdminCommand.ChangeAddress.class,
            AdminCommand.AddClient.class,
            AdminCommand.RevokeClient.class
        })
final class AdminCommand extends CommandGroup {

    /** Made by picocli. */
    AdminCommand() {}

    /** One kind of change. */
    @Command
    abstract static class Change implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private AdminConnection connection = new AdminConnection();

        /** For subclasses. */
        Change() {}

        /** What is to be changed. */
        abstract List<MemberChange> changes(Genesis genesis, MemberTable now) throws CommandFailure;

        @Override
        public final Integer call() throws GenesisException, KeyFileException, CommandFailure, InterruptedException {
            output.print(connection.change(this::changes, output));
            return ExitCode.DONE.code();
        }
    }

    /** {@code sherd admin replace-key}. */
    @Command(
            name = "replace-key",
            description = {
                "Give a replica another ledger key and another TLS certificate, since one was lost or stolen.",
                "Its process stops; start it again with the new ones on its data directory, or restore it."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ReplaceKey extends Change {
        @Parameters(paramLabel = "REPLICA", description = "The replica: r0, r1, ...")
        private @Nullable String replica;

        @Option(
                names = "--new-key",
                required = true,
                paramLabel = "HEX",
                description = "The public half of its new ledger key, from `sherd key fingerprint`.")
        private @Nullable String newKey;

        @Option(
                names = "--new-pin",
                paramLabel = "HEX",
                description =
                        "The pin of its new TLS key, from `sherd key fingerprint --type tls`. Default: the old one.")
        private @Nullable String newPin;

        /** Made by picocli. */
        ReplaceKey() {}

        @Override
        List<MemberChange> changes(Genesis genesis, MemberTable now) throws CommandFailure {
            int number = ReplicaName.number(Given.required(replica), genesis);
            VerifyingKey key = AdminConnection.key("--new-key", Given.required(newKey));
            Digest pin = newPin == null
                    ? now.member(number).tlsPin()
                    : AdminConnection.key("--new-pin", newPin).raw();
            return List.of(new MemberChange.ReplaceKey(number, key, pin));
        }
    }

    /** {@code sherd admin change-address}. */
    @Command(
            name = "change-address",
            description = "Tell everybody where a replica is reached from now on.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ChangeAddress extends Change {
        @Parameters(paramLabel = "REPLICA", description = "The replica: r0, r1, ...")
        private @Nullable String replica;

        @Option(
                names = "--peer",
                paramLabel = "HOST:PORT",
                description = "Where other replicas reach it. Default: as now.")
        private @Nullable String peer;

        @Option(
                names = "--edge",
                paramLabel = "HOST:PORT",
                description = "Where clients and learners reach it. Default: as now.")
        private @Nullable String edge;

        /** Made by picocli. */
        ChangeAddress() {}

        @Override
        List<MemberChange> changes(Genesis genesis, MemberTable now) throws CommandFailure {
            int number = ReplicaName.number(Given.required(replica), genesis);
            Member member = now.member(number);
            try {
                return List.of(new MemberChange.ChangeAddress(
                        number,
                        peer == null ? member.peerAddress() : peer,
                        edge == null ? member.edgeAddress() : edge));
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "admin.address",
                        String.valueOf(e.getMessage()),
                        "write host:port, an IPv6 address in brackets; nothing was changed",
                        e);
            }
        }
    }

    /** A command about client keys. */
    @Command
    abstract static class OfClients extends Change {
        @Parameters(
                arity = "1..*",
                paramLabel = "KEY",
                description = "Public halves of clients' keys, from `sherd key fingerprint`.")
        private List<String> keys = new ArrayList<>();

        /** For subclasses. */
        OfClients() {}

        /** The change of one client. */
        abstract MemberChange of(VerifyingKey key);

        @Override
        final List<MemberChange> changes(Genesis genesis, MemberTable now) throws CommandFailure {
            List<MemberChange> changes = new ArrayList<>();
            for (String key : keys) {
                changes.add(of(AdminConnection.key("KEY", key)));
            }
            return changes;
        }
    }

    /** {@code sherd admin add-client}. */
    @Command(
            name = "add-client",
            description = "Let other keys write, too.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class AddClient extends OfClients {
        /** Made by picocli. */
        AddClient() {}

        @Override
        MemberChange of(VerifyingKey key) {
            return new MemberChange.AddClient(key);
        }
    }

    /** {@code sherd admin revoke-client}. */
    @Command(
            name = "revoke-client",
            description = "Let keys write no more. What they wrote stays.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class RevokeClient extends OfClients {
        /** Made by picocli. */
        RevokeClient() {}

        @Override
        MemberChange of(VerifyingKey key) {
            return new MemberChange.RevokeClient(key);
        }
    }
}
