package io.sherd.cli.inspect;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.restore.UndroppedEntries;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.RequestJson;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.durable.VoteLogView;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.SegmentContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the ledger, if its bytes are in the directory: in the archive, where its segment's were not dropped, or in the
 * votes.
 *
 * @param kind entry
 * @param sequence its position
 * @param segment its segment; null if it is not sealed yet
 * @param source where the bytes are: archive or votes
 * @param batch what kind of batch it is
 * @param digest the batch's digest
 * @param bytes the batch's size
 * @param requests what was ordered
 * @param ok whether it is proved
 * @param verdict why
 * @param exitCode what the command ends with
 */
public record EntryReport(
        String kind,
        long sequence,
        @Nullable Long segment,
        String source,
        String batch,
        String digest,
        int bytes,
        List<Map<String, @Nullable Object>> requests,
        boolean ok,
        String verdict,
        int exitCode)
        implements Inspected {

    /**
     * Finds an entry and checks it.
     *
     * @param genesis the cluster
     * @param view the directory
     * @param sequence its position
     * @throws CommandFailure if its bytes are not there
     */
    public static EntryReport of(Genesis genesis, DirectoryView view, long sequence)
            throws StoreException, CommandFailure {
        try (RocksPieceStore archive = view.archive();
                VoteLogView votes = view.votes()) {
            Optional<SegmentContext> sealed = segmentOf(archive, sequence);
            ProvedHistory history = ProvedHistory.of(genesis, archive, view.replica());
            if (sealed.isPresent()
                    && archive.undropped(sealed.get().segmentNumber()).isPresent()) {
                long segment = sealed.get().segmentNumber();
                LedgerEntry entry = new UndroppedEntries(genesis, archive)
                        .segment(segment)
                        .entries()
                        .get((int) (sequence - sealed.get().firstSequence()));
                return report(genesis, entry, segment, "archive", history.ofSegment(segment));
            }
            Optional<DecidedEntry> voted = votes.decided(sequence);
            if (voted.isPresent()) {
                return report(
                        genesis,
                        voted.get().entry(),
                        sealed.map(SegmentContext::segmentNumber).orElse(null),
                        "votes",
                        ofCommits(genesis, history, voted.get()));
            }
            throw sealed.isPresent()
                    ? dispersed(genesis, view, sequence, sealed.get())
                    : absent(archive, votes, sequence);
        }
    }

    private static EntryReport report(
            Genesis genesis, LedgerEntry entry, @Nullable Long segment, String source, Verdict verdict) {
        return new EntryReport(
                "entry",
                entry.sequence(),
                segment,
                source,
                entry.batch().kind().name().toLowerCase(Locale.ROOT),
                entry.batch().digest().hex(),
                entry.batch().sizeBytes(),
                entry.batch().requests().stream()
                        .map(request -> RequestJson.fields(genesis, request))
                        .toList(),
                verdict.isProved(),
                verdict.text(),
                verdict.exit().code());
    }

    /** The segment of a position: segments are in order, so by halving. */
    private static Optional<SegmentContext> segmentOf(RocksPieceStore archive, long sequence) throws StoreException {
        long low = 0;
        long high = archive.commitmentCount();
        while (low < high) {
            long middle = (low + high) >>> 1;
            Optional<SegmentContext> context = archive.commitment(middle).map(found -> found.context());
            if (context.isEmpty()) {
                return Optional.empty();
            }
            if (sequence < context.get().firstSequence()) {
                high = middle;
            } else if (sequence > context.get().lastSequence()) {
                low = middle + 1;
            } else {
                return context;
            }
        }
        return Optional.empty();
    }

    private static Verdict ofCommits(Genesis genesis, ProvedHistory history, DecidedEntry entry) {
        return history.members(entry.epoch())
                .map(members ->
                        entry.isProved(genesis.signingDomain(), genesis.quorums(), members, new Ed25519Verifier())
                                ? Verdict.proved(
                                        "proved: %d COMMITs of view %d, epoch %d, %d are needed",
                                        entry.commits().size(),
                                        entry.view(),
                                        entry.epoch(),
                                        genesis.quorums().quorum())
                                : Verdict.bad(ExitCode.PROOF, "its COMMITs do not prove it"))
                .orElseGet(() -> Verdict.unproved("not proved: the keys of epoch %d are not here", entry.epoch()));
    }

    private static CommandFailure dispersed(
            Genesis genesis, DirectoryView view, long sequence, SegmentContext context) {
        return new CommandFailure(
                ExitCode.NOT_FOUND,
                "entry.dispersed",
                "the bytes of entry %d are dispersed: r%d keeps piece %d of segment %d, and %d pieces rebuild it"
                        .formatted(
                                sequence,
                                view.replica(),
                                view.replica(),
                                context.segmentNumber(),
                                genesis.piecesNeeded()),
                List.of("segment %d has the entries %d to %d"
                        .formatted(context.segmentNumber(), context.firstSequence(), context.lastSequence())),
                "sherd learn --genesis FILE --out DIR --to %d; then grep '\"sequence\":%d,' DIR/ledger.jsonl"
                        .formatted(context.segmentNumber(), sequence));
    }

    private static CommandFailure absent(RocksPieceStore archive, VoteLogView votes, long sequence)
            throws StoreException {
        long segments = archive.commitmentCount();
        long sealedTo = segments == 0
                ? 0
                : archive.commitment(segments - 1)
                        .map(last -> last.context().lastSequence())
                        .orElse(0L);
        return new CommandFailure(
                ExitCode.NOT_FOUND,
                "entry.absent",
                "there is no entry %d in this directory".formatted(sequence),
                List.of("sealed up to seq %d; voted up to seq %d"
                        .formatted(sealedTo, votes.promised().sequence())),
                "positions begin at " + LedgerEntry.FIRST_SEQUENCE);
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>(new Facts()
                .add("entry", "seq %d, %s".formatted(sequence, segment == null ? "not sealed" : "segment " + segment))
                .add("batch", "%s, %d requests, %d bytes, from the %s".formatted(batch, requests.size(), bytes, source))
                .add("digest", digest)
                .lines());
        requests.forEach(request -> lines.add("  " + Json.of(request)));
        lines.add(Verdict.line(exitCode, verdict));
        return lines;
    }
}
