package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.export.ExportException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.learner.SinkInUseException;
import io.sherd.archive.learner.SinkOccupiedException;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.proof.ProofUnavailableException;
import io.sherd.archive.restore.OlderCopyException;
import io.sherd.archive.restore.RestoreRefusedException;
import io.sherd.archive.restore.StateUnavailableException;
import io.sherd.archive.store.DirectoryAbsentException;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.IdentityMissingException;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.durable.VotesMissingException;
import io.sherd.consensus.node.KeyReplacedException;
import io.sherd.consensus.node.NodeConfigException;
import io.sherd.consensus.node.NodeStartException;
import io.sherd.consensus.node.SupersededException;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.machine.NondeterminismException;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Which failure, with which exit code and hint, each checked exception of the modules below is to the user. */
final class Failures {
    private static final String DISK_HINT =
            "look at the disk's space and health, then start this again: it goes on from what is durable";

    /** Rotten pieces, which `sherd repair` makes anew, end no command: they are findings. */
    private static final String RESTORE_HINT =
            "move the data directory away, then `sherd restore` makes it anew from the other replicas";

    private Failures() {}

    /**
     * {@return the failure that an exception tells of}
     *
     * @param e what ended a command; not a bug
     */
    static CommandFailure of(Exception e) {
        return switch (e) {
            case CommandFailure failure -> failure;
            case KeyFileException key -> of(key);
            case GenesisException genesis
            when genesis.isAbsent() ->
                failure(
                        ExitCode.NOT_FOUND,
                        "genesis.absent",
                        e,
                        "check the path, or get the genesis file from whoever runs the cluster; `sherd init` makes a new cluster");
            case GenesisException genesis ->
                failure(
                        ExitCode.CONFIG,
                        "genesis.invalid",
                        e,
                        "get the genesis file again from whoever runs the cluster");
            case NodeConfigException config
            when config.isAbsent() ->
                failure(ExitCode.NOT_FOUND, "config.absent", e, "check the path; `sherd init` writes one per replica");
            case NodeConfigException config ->
                failure(ExitCode.CONFIG, "config.invalid", e, "compare it with what `sherd init` writes");
            case NodeStartException start -> of(start);
            case MachineException machine -> of(machine);
            case NondeterminismException difference ->
                failure(
                        ExitCode.UNSAFE,
                        "machine.nondeterministic",
                        e,
                        "nothing of that batch was answered or signed; see the rules in docs/state-machine.md");
            case MachineFaultException fault ->
                failure(
                        ExitCode.UNEXPECTED,
                        "machine.failed",
                        e,
                        "nothing of that batch was answered or signed; see the rules in docs/state-machine.md");
            case SupersededException superseded ->
                failure(
                        ExitCode.UNSAFE,
                        "node.superseded",
                        superseded,
                        "if that directory is lost, too, run `sherd restore` into an empty one; this one never signs again");
            case KeyReplacedException replaced ->
                failure(
                        ExitCode.KEY,
                        "node.key-replaced",
                        replaced,
                        "start it again, on the same data directory, with that key and its TLS certificate");
            case StoreException store -> of(store);
            case SinkInUseException used ->
                failure(ExitCode.IN_USE, "sink.in-use", e, "stop that process first, or name another place");
            case SinkOccupiedException occupied ->
                failure(ExitCode.UNSAFE, "sink.occupied", e, "name another place; nothing there was changed");
            case SinkException sink -> failure(ExitCode.IO, "sink", e, "check the disk's space, and the path's mode");
            case InsufficientPiecesException missing ->
                failure(
                        ExitCode.UNREPAIRABLE,
                        "piece.insufficient",
                        e,
                        "start more replicas or name other sources, and run the same command");
            case ShortageException shortage ->
                failure(
                        ExitCode.UNREACHABLE,
                        "source.shortage",
                        e,
                        "start more replicas or name other sources, and run the same command");
            case ContradictionException contradiction ->
                failure(ExitCode.BYZANTINE, "contradiction", e, "more than f replicas lie: trust none of them");
            case StateUnavailableException state ->
                failure(
                        ExitCode.UNREACHABLE,
                        "state.unavailable",
                        e,
                        "start more replicas or name other sources, and run the same command");
            case RestoreRefusedException refused ->
                failure(
                        ExitCode.UNSAFE,
                        "restore.refused",
                        e,
                        switch (refused.kind()) {
                            case ALIVE -> "only a replica that is lost is restored: stop it first if it is to be";
                            case HAS_SIGNED ->
                                "if it is damaged, move the directory away; else start the replica on it";
                        });
            case ReassemblyException lie ->
                failure(ExitCode.BYZANTINE, "segment.contradiction", e, "more than f replicas signed a lie");
            case ProofUnavailableException unavailable -> of(unavailable);
            case InvalidProofException invalid ->
                failure(
                        ExitCode.PROOF,
                        "proof." + invalid.step().name().toLowerCase(Locale.ROOT),
                        e,
                        invalid.step() == ProofStep.CLUSTER
                                ? "get the genesis of the cluster that the proof is of, from somebody you trust"
                                : "it proves nothing: ask for it again, or make it anew with `sherd proof get`");
            case ClientException client -> of(client);
            case FileAlreadyExistsException exists ->
                failure(ExitCode.UNSAFE, "file.exists", "it is there already: " + text(e), e, "choose another name");
            case NoSuchFileException missing ->
                failure(ExitCode.NOT_FOUND, "file.missing", "there is no file " + text(e), e, "check the path");
            case IOException io -> failure(ExitCode.IO, "io", text(e), e, "check the disk's space and the path's mode");
            case InterruptedException interrupted ->
                failure(ExitCode.INTERRUPTED, "interrupted", "interrupted", e, "run the same command to go on");
            default -> failure(ExitCode.UNEXPECTED, "unexpected", e.toString(), e, "report it");
        };
    }

    private static CommandFailure of(KeyFileException e) {
        ExitCode code = e.kind() == KeyFileException.Kind.EXISTS ? ExitCode.UNSAFE : ExitCode.KEY;
        return failure(code, "key." + e.kind().name().toLowerCase(Locale.ROOT), text(e), e, e.hint());
    }

    private static CommandFailure of(StoreException e) {
        return switch (e) {
            case StoreCorruptException corrupt -> failure(ExitCode.REPAIRABLE, "store.corrupt", e, RESTORE_HINT);
            case OlderCopyException copy -> failure(ExitCode.UNSAFE, "directory.older-copy", e, RESTORE_HINT);
            case VotesMissingException missing -> failure(ExitCode.REPAIRABLE, "votes.missing", e, RESTORE_HINT);
            case DirectoryAbsentException absent ->
                failure(
                        ExitCode.NOT_FOUND,
                        "directory.absent",
                        e,
                        "check the path; nothing was created. If it was lost: " + RESTORE_HINT);
            case IdentityMissingException gone -> failure(ExitCode.REPAIRABLE, "identity.missing", e, RESTORE_HINT);
            case DirectoryInUseException used ->
                failure(ExitCode.IN_USE, "directory.in-use", e, "stop that process first");
            case UnsafeDirectoryException unsafe ->
                failure(ExitCode.UNSAFE, "directory.unsafe", e, "name another directory; nothing was changed");
            case ExportException export -> of(export);
            case UnsupportedFormatException format ->
                failure(ExitCode.FORMAT, "format.unsupported", e, "use the program version that wrote it");
            default -> failure(ExitCode.IO, "store.io", e, DISK_HINT);
        };
    }

    private static CommandFailure of(NodeStartException e) {
        return switch (e.kind()) {
            case CONFIG -> failure(ExitCode.CONFIG, "node.config", e, "compare the configuration with the genesis");
            case IDENTITY -> failure(ExitCode.KEY, "node.identity", e, "use this replica's own keys");
            case UNSAFE -> failure(ExitCode.UNSAFE, "node.unsafe", e, "sherd restore --help");
            case ADDRESS ->
                failure(
                        ExitCode.IN_USE,
                        "port.in-use",
                        e,
                        "stop what has that port, or give another with peer-listen or edge-listen; nothing was signed");
        };
    }

    private static CommandFailure of(MachineException e) {
        String own =
                "name the jar with --state-machine-jar, or as state-machine-jar in the configuration; nothing was started";
        String same = "get the very file that the cluster was founded with: a jar that is built anew has another hash;"
                + " nothing was started";
        return switch (e.kind()) {
            case NO_JAR -> failure(ExitCode.CONFIG, "machine.no-jar", e, own);
            case UNWANTED_JAR ->
                failure(ExitCode.CONFIG, "machine.unwanted-jar", e, "leave the jar out; nothing was started");
            case ABSENT -> failure(ExitCode.NOT_FOUND, "machine.absent", e, "check the path; nothing was started");
            case UNREADABLE ->
                failure(ExitCode.IO, "machine.unreadable", e, "check the file and its mode; nothing was started");
            case OTHER_JAR -> failure(ExitCode.CONFIG, "machine.other-jar", e, same);
            case BROKEN ->
                failure(ExitCode.CONFIG, "machine.broken", e, "see docs/state-machine.md for what a jar needs");
            case LATER_JAVA ->
                failure(ExitCode.FORMAT, "machine.later-java", e, "compile it with --release 25 or less");
            case NO_SUCH_MACHINE ->
                failure(ExitCode.CONFIG, "machine.unknown", e, "compare the name with those that there are");
        };
    }

    private static CommandFailure of(ClientException e) {
        return switch (e.kind()) {
            case NO_QUORUM ->
                failure(
                        ExitCode.UNREACHABLE,
                        "client.no-quorum",
                        e,
                        "start more replicas, or raise --timeout; what was written may still be executed: read before you send it again");
            case REFUSED -> failure(ExitCode.UNSAFE, "client.refused", e, "it was not and will not be executed");
            case RESULT_DROPPED ->
                failure(ExitCode.WARNINGS, "client.result-dropped", e, "it was executed; read to see its effect");
            case ID_TAKEN ->
                failure(ExitCode.IN_USE, "client.id-taken", e, "let one process at a time use a client key");
            case CLOSED -> failure(ExitCode.UNEXPECTED, "client.closed", e, "report it");
        };
    }

    private static CommandFailure of(ProofUnavailableException e) {
        return switch (e.kind()) {
            case ABSENT ->
                new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "ledger.absent",
                        String.valueOf(e.getMessage()),
                        e.facts(),
                        "what was just written is sealed within seconds; nothing was written to the file");
            case UNREACHABLE ->
                new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "source.shortage",
                        String.valueOf(e.getMessage()),
                        e.facts(),
                        "start more replicas, or name other sources, and run the same command");
            case INSUFFICIENT ->
                new CommandFailure(
                        ExitCode.UNREPAIRABLE,
                        "piece.insufficient",
                        String.valueOf(e.getMessage()),
                        e.facts(),
                        "start more replicas, or name other sources, and run the same command");
        };
    }

    private static CommandFailure of(ExportException e) {
        return switch (e.kind()) {
            case OTHER_FILE -> failure(ExitCode.PROOF, "export.other-file", e, "name a file that `sherd export` wrote");
            case DAMAGED ->
                failure(ExitCode.UNREPAIRABLE, "export.damaged", e, "use another copy of it, or export it again");
            case FOREIGN ->
                failure(ExitCode.UNSAFE, "export.foreign", e, "get the genesis of the cluster that it is of");
        };
    }

    private static CommandFailure failure(ExitCode code, String word, Exception e, String hint) {
        return failure(code, word, text(e), e, hint);
    }

    private static CommandFailure failure(ExitCode code, String word, String message, Exception e, String hint) {
        return new CommandFailure(code, word, message, hint, e);
    }

    private static String text(Exception e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message;
    }
}
