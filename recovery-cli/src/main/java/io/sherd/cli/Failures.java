package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Which failure, with which exit code and hint, each checked exception of the modules below is to the user. */
final class Failures {
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
            case GenesisException genesis ->
                failure(
                        ExitCode.CONFIG,
                        "genesis.invalid",
                        e,
                        "get the genesis file again from whoever runs the cluster");
            case StoreException store -> of(store);
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
            case StoreCorruptException corrupt ->
                failure(ExitCode.REPAIRABLE, "store.corrupt", e, "sherd verify, then sherd repair");
            default -> failure(ExitCode.IO, "store.io", e, "check the disk; nothing was reported as done");
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
