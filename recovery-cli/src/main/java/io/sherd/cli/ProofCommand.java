package io.sherd.cli;

import picocli.CommandLine.Command;

/** {@code sherd proof}: makes proofs that stand alone, and checks them without asking anybody. */
@Command(
        name = "proof",
        description = "Prove that a transaction is in the ledger, or what a key holds, to anybody who has the genesis.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {ProofGetCommand.class, ProofVerifyCommand.class})
final class ProofCommand extends CommandGroup {
    /** Made by picocli. */
    ProofCommand() {}
}
