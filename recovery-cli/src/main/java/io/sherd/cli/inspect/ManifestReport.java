package io.sherd.cli.inspect;

import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Table;
import io.sherd.consensus.durable.VoteLogView;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a data directory says of itself: whose it is, what it may sign, in which formats its stores are, and whether each holds
 * as much as its high-water record says it must.
 *
 * @param kind manifest
 * @param directory where it is
 * @param cluster the cluster id
 * @param replica whose it is
 * @param directoryId its random name, by which the member table knows it
 * @param standing unused, member or rejoining: what it may sign
 * @param replacedIncarnation while rejoining, the incarnation that it replaces
 * @param identityFormat the format of the file that says all this
 * @param restoring whether a restore into it is not complete
 * @param inUseByPid the process that has it open
 * @param parts its stores
 */
public record ManifestReport(
        String kind,
        String directory,
        String cluster,
        String replica,
        String directoryId,
        String standing,
        @Nullable Long replacedIncarnation,
        String identityFormat,
        boolean restoring,
        @Nullable Long inUseByPid,
        List<Part> parts)
        implements Inspected {

    /**
     * One store.
     *
     * @param part its directory
     * @param format its format; null if it cannot be opened
     * @param unit what is counted
     * @param held how many it holds
     * @param promised how many it must hold
     * @param ok whether that is so
     * @param detail more about it, or what is wrong
     * @param exitCode what the command ends with if nothing worse is found
     */
    public record Part(
            String part,
            @Nullable String format,
            String unit,
            long held,
            long promised,
            boolean ok,
            String detail,
            int exitCode) {}

    /** Reads one store. */
    @FunctionalInterface
    private interface Reading {
        Part read() throws StoreException;
    }

    /**
     * Reads everything; a store that cannot be read is a finding.
     *
     * @param view the directory
     */
    public static ManifestReport of(DirectoryView view) throws StoreException {
        DirectoryIdentity identity = view.identity();
        OptionalLong holder = view.holder();
        return new ManifestReport(
                "manifest",
                view.root().toString(),
                identity.owner().clusterId().hex(),
                "r" + view.replica(),
                identity.directoryId().bytes().hex(),
                switch (identity.standing()) {
                    case DirectoryIdentity.Standing.Unused _ -> "unused";
                    case DirectoryIdentity.Standing.Member _ -> "member";
                    case DirectoryIdentity.Standing.Rejoining _ -> "rejoining";
                },
                identity.standing() instanceof DirectoryIdentity.Standing.Rejoining(long replaced) ? replaced : null,
                "identity/" + DirectoryIdentity.FORMAT_VERSION,
                view.isBeingRestored(),
                holder.isPresent() ? holder.getAsLong() : null,
                List.of(
                        part("archive", "commitments", () -> archive(view)),
                        part("state", "sequence", () -> state(view)),
                        part("votes", "appends", () -> votes(view))));
    }

    @Override
    public int exitCode() {
        return parts.stream()
                .filter(part -> !part.ok())
                .findFirst()
                .map(Part::exitCode)
                .orElse(ExitCode.DONE.code());
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>(new Facts()
                .add("directory", directory)
                .add("replica", replica)
                .add("cluster", cluster)
                .add("directory id", directoryId)
                .add("standing", standing + (replacedIncarnation == null ? "" : ", replaces " + replacedIncarnation))
                .add("format", identityFormat)
                .add("in use by", inUseByPid == null ? "nobody" : "process " + inUseByPid)
                .lines());
        if (restoring) {
            lines.add("WARN a restore into this directory is not complete: run `sherd restore` again");
        }
        Table table = new Table("PART", "FORMAT", "COUNTED", "HELD", "PROMISED", "");
        parts.forEach(part -> table.row(
                part.part(),
                part.format() == null ? "-" : part.format(),
                part.unit(),
                part.held(),
                part.promised(),
                (part.ok() ? "ok   " : "BAD  ") + part.detail()));
        lines.addAll(table.lines());
        return lines;
    }

    private static Part part(String name, String unit, Reading reading) throws StoreException {
        try {
            return reading.read();
        } catch (UnsupportedFormatException e) {
            return unreadable(name, unit, e, ExitCode.FORMAT);
        } catch (StoreCorruptException e) {
            return unreadable(name, unit, e, ExitCode.REPAIRABLE);
        }
    }

    private static Part unreadable(String name, String unit, StoreException why, ExitCode exit) {
        return new Part(name, null, unit, 0, 0, false, String.valueOf(why.getMessage()), exit.code());
    }

    private static Part counted(String name, String format, String unit, long held, long promised, String detail) {
        boolean ok = held >= promised;
        return new Part(
                name,
                format,
                unit,
                held,
                promised,
                ok,
                ok ? detail : "some that were durable are gone: sherd restore",
                (ok ? ExitCode.DONE : ExitCode.UNREPAIRABLE).code());
    }

    private static Part archive(DirectoryView view) throws StoreException {
        try (RocksPieceStore archive = view.archive()) {
            return counted(
                    "archive",
                    archive.format(),
                    "commitments",
                    archive.commitmentCount(),
                    archive.promisedCommitmentCount(),
                    "%d segments with full bytes, %d closed epochs"
                            .formatted(archive.undroppedSegments().size(), archive.closedEpochCount()));
        }
    }

    private static Part state(DirectoryView view) throws StoreException {
        try (RocksStateStore state = view.state()) {
            return counted(
                    "state",
                    state.format(),
                    "sequence",
                    state.latest().sequence(),
                    state.promisedSequence(),
                    "root " + state.latest().root().shortHex());
        }
    }

    private static Part votes(DirectoryView view) throws StoreException {
        try (VoteLogView votes = view.votes()) {
            VoteLogView.Promise promised = votes.promised();
            return counted(
                    "votes",
                    votes.format(),
                    "appends",
                    votes.appends(),
                    promised.appends(),
                    "up to seq %d, view %d of epoch %d"
                            .formatted(promised.sequence(), promised.view(), promised.epoch()));
        }
    }
}
