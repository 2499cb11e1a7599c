package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sherd key}: makes keys and shows their public halves, never the private ones. */
@Command(
        name = "key",
        description = "Make keys, and show their public halves.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {KeyCommand.Gen.class, KeyCommand.Show.class, KeyCommand.Fingerprint.class})
final class KeyCommand extends CommandGroup {
    private static final String CERTIFICATE_SUFFIX = ".crt";

    /** What a key is for. */
    enum Type {
        /** Ed25519: signs what goes into the ledger. */
        ledger,
        /** P-256: what a replica shows when it is connected to. */
        tls
    }

    /** The public half of a key: for a ledger key itself, for a TLS key the pin that the genesis lists. */
    record PublicHalf(String type, String file, String publicKey) implements Report {
        static PublicHalf of(Path file, Ed25519Signer signer) {
            return new PublicHalf(
                    Type.ledger.name(), file.toString(), signer.key().hex());
        }

        static PublicHalf of(Path file, TlsIdentity identity) {
            return new PublicHalf(
                    Type.tls.name(), file.toString(), identity.pin().hex());
        }

        @Override
        public String schema() {
            return "sherd.key/1";
        }

        @Override
        public List<String> text() {
            return List.of("%s key %s".formatted(type, file), (type.equals("tls") ? "pin    " : "public ") + publicKey);
        }
    }

    /** Made by picocli. */
    KeyCommand() {}

    /** {@code sherd key gen}. */
    @Command(
            name = "gen",
            description = "Make a new key in a new file that only its owner can read.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Gen implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Option(
                names = "--type",
                defaultValue = "ledger",
                description =
                        "ledger (Ed25519, signs) or tls (P-256, identifies a connection). Default: ${DEFAULT-VALUE}.")
        private Type type = Type.ledger;

        @Option(
                names = "--out",
                required = true,
                paramLabel = "FILE",
                description = "The new file; for a tls key its certificate goes to FILE with .crt in place of .key.")
        private @Nullable Path out;

        /** Made by picocli. */
        Gen() {}

        @Override
        public Integer call() throws KeyFileException {
            Path file = Given.required(out);
            switch (type) {
                case ledger -> output.print(PublicHalf.of(file, KeyFile.generate(file)));
                case tls -> {
                    TlsIdentity identity = TlsIdentity.generate(Clock.systemUTC());
                    identity.write(file, certificateOf(file));
                    output.print(PublicHalf.of(file, identity));
                }
            }
            return ExitCode.DONE.code();
        }
    }

    /** A command about the public half of a key that is there. */
    @Command
    abstract static class OfFile implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Parameters(paramLabel = "FILE", description = "A key file.")
        private @Nullable Path file;

        @Option(names = "--type", defaultValue = "ledger", description = "ledger or tls. Default: ${DEFAULT-VALUE}.")
        private Type type = Type.ledger;

        /** For subclasses. */
        OfFile() {}

        /** Prints it. */
        abstract void print(OutputOptions to, PublicHalf half);

        @Override
        public final Integer call() throws KeyFileException {
            print(output, read(type, Given.required(file)));
            return ExitCode.DONE.code();
        }
    }

    /** {@code sherd key show}. */
    @Command(
            name = "show",
            description = "Show the public half of a key.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Show extends OfFile {
        /** Made by picocli. */
        Show() {}

        @Override
        void print(OutputOptions to, PublicHalf half) {
            to.print(half);
        }
    }

    /** {@code sherd key fingerprint}. */
    @Command(
            name = "fingerprint",
            description = "Print, as the genesis lists it, a ledger key's public half or a tls key's pin.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Fingerprint extends OfFile {
        /** Made by picocli. */
        Fingerprint() {}

        @Override
        void print(OutputOptions to, PublicHalf half) {
            if (to.json()) {
                to.print(half);
            } else {
                to.say(half.publicKey());
            }
        }
    }

    private static PublicHalf read(Type type, Path file) throws KeyFileException {
        return switch (type) {
            case ledger -> PublicHalf.of(file, KeyFile.read(file));
            case tls -> PublicHalf.of(file, TlsIdentity.read(file, certificateOf(file)));
        };
    }

    private static Path certificateOf(Path keyFile) {
        String name = String.valueOf(keyFile.getFileName());
        return keyFile.resolveSibling(name.replaceFirst("\\.key$", "") + CERTIFICATE_SUFFIX);
    }
}
