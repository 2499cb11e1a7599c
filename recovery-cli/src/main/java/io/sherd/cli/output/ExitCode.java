package io.sherd.cli.output;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a process ends with. A code never changes its meaning. */
public enum ExitCode {
    /** Everything that was asked for was done, and it holds. */
    DONE(0, "done"),
    /** A bug, a failed step of the demo, or something nobody foresaw. */
    UNEXPECTED(1, "a bug, a failed step of the demo, or something unexpected"),
    /** The command line cannot be understood. */
    USAGE(2, "the command line is wrong"),
    /** Configuration or genesis cannot be used. */
    CONFIG(3, "configuration or genesis is invalid"),
    /** A key, a file mode or a TLS identity cannot be used. */
    KEY(4, "a key, a permission or a TLS identity is wrong"),
    /** Too few replicas answered in time; the same command may succeed later. */
    UNREACHABLE(5, "no quorum can be reached, or time ran out; a retry may help"),
    /** What was asked for is not there. */
    NOT_FOUND(6, "there is no such key, segment or directory"),
    /** Another process has the data directory, or a port. */
    IN_USE(7, "a data directory or a port is in use by another process"),
    /** Doing it could destroy or contradict something. */
    UNSAFE(8, "refused because it would not be safe"),
    /** Damage, all of which can be repaired. */
    REPAIRABLE(10, "damage was found, and all of it can be repaired"),
    /** Damage that nothing reachable can repair. */
    UNREPAIRABLE(11, "damage was found that cannot be repaired from what is reachable"),
    /** Somebody signed two things that exclude each other. */
    BYZANTINE(12, "proof of Byzantine behaviour was found and saved"),
    /** A proof or signature does not verify. */
    PROOF(13, "a proof or a signature does not verify"),
    /** Done, but not all of it. */
    WARNINGS(14, "finished with warnings, or with parts left out"),
    /** The disk is full, or reading or writing failed. */
    IO(15, "the disk is full, or reading or writing failed"),
    /** Something is of a version or format that this program does not know. */
    FORMAT(16, "a version or format is not supported"),
    /** Stopped with Ctrl-C. */
    INTERRUPTED(130, "interrupted (SIGINT)"),
    /** Asked to end. */
    TERMINATED(143, "asked to end (SIGTERM)");

    /** Of several findings the most severe decides; from the worst down. */
    private static final List<ExitCode> BY_SEVERITY = List.of(UNREPAIRABLE, BYZANTINE, REPAIRABLE, WARNINGS);

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** {@return the number that the process ends with} */
    public int code() {
        return code;
    }

    /** {@return what it means, in one line} */
    public String meaning() {
        return meaning;
    }

    /**
     * {@return the more severe of two findings: unrepairable damage before proof of lies before repairable damage before
     * warnings before {@link #DONE}}
     *
     * @param other another finding
     * @throws IllegalArgumentException if one of them is no finding but a reason why a command did not run to its end
     */
    public ExitCode or(ExitCode other) {
        return severity() <= other.severity() ? this : other;
    }

    /** {@return the table that `sherd help exit-codes` prints} */
    public static List<String> table() {
        return Stream.concat(
                        Stream.of("exit codes"),
                        Arrays.stream(values()).map(exit -> "%5d  %s".formatted(exit.code, exit.meaning)))
                .toList();
    }

    private int severity() {
        int place = BY_SEVERITY.indexOf(this);
        if (place < 0 && this != DONE) {
            throw new IllegalArgumentException(this + " is not a finding");
        }
        return place < 0 ? BY_SEVERITY.size() : place;
    }
}
