package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that happens: hashed as it happens, and the last of it kept, to be described when somebody wants to read it. A reader may
 * also be told everything, line by line.
 */
public final class Trace {

    private static final int KEPT = 600;

    private record Happened(long time, String node, Object what) {
        String line() {
            String text = switch (what) {
                case Event event -> describe(event);
                case Effect effect -> describe(effect);
                default -> what.toString();
            };
            return time + " " + node + " " + text;
        }
    }

    private final Happened[] last = new Happened[KEPT];
    private final @Nullable Consumer<String> reader;
    private long hash;
    private long lines;

    /** A trace that is only hashed. */
    public Trace() {
        this.reader = null;
    }

    /**
     * A trace that is also told to a reader.
     *
     * @param reader takes in each line
     */
    public Trace(Consumer<String> reader) {
        this.reader = reader;
    }

    void event(long time, String node, Event event) {
        happened(Fingerprint.of(event), time, node, event);
    }

    void effect(long time, String node, Effect effect) {
        happened(Fingerprint.of(effect), time, node, effect);
    }

    void line(long time, String node, String text) {
        happened(text.hashCode(), time, node, text);
    }

    private void happened(long fingerprint, long time, String node, Object what) {
        hash = Fingerprint.mix(Fingerprint.mix(Fingerprint.mix(hash, time), node.hashCode()), fingerprint);
        Happened happened = new Happened(time, node, what);
        last[(int) (lines % KEPT)] = happened;
        lines++;
        if (reader != null) {
            reader.accept(happened.line());
        }
    }

    /** {@return how much happened} */
    public long lines() {
        return lines;
    }

    /** {@return the hash over all of it} */
    public String hash() {
        return HexFormat.of().toHexDigits(hash);
    }

    /** {@return the last lines} */
    public String tail() {
        StringBuilder text = new StringBuilder();
        for (long line = Math.max(0, lines - KEPT); line < lines; line++) {
            text.append(last[(int) (line % KEPT)].line()).append('\n');
        }
        return text.toString();
    }

    /** An event in a few words. */
    static String describe(Event event) {
        return switch (event) {
            case Event.Tick t -> "tick";
            case Event.Arrived(int sender, Message message) -> "from r" + sender + " " + describe(message);
            case Event.Submitted s -> "submitted " + s.request().digest().shortHex();
            case Event.Executed e ->
                "executed " + e.sequence() + (e.closing() ? " closing" : "") + (e.stateCheckpoint() ? " state" : "");
            case Event.CheckpointReady r ->
                "ready " + r.statement().sequence() + (r.nextMembers().isPresent() ? " ends the epoch" : "");
        };
    }

    /** An effect in a few words. */
    static String describe(Effect effect) {
        return switch (effect) {
            case Effect.Persist(VoteRecord record) -> "persist " + describe(record);
            case Effect.Send(int to, Message message) -> "to r" + to + " " + describe(message);
            case Effect.Broadcast(Message message) -> "to all " + describe(message);
            case Effect.Execute e ->
                "execute " + e.epoch() + "/" + e.entry().sequence() + " "
                        + e.entry().batch().digest().shortHex();
            case Effect.Stable s ->
                "stable " + s.certificate().statement().sequence() + " by "
                        + s.certificate().signatures().keySet();
            case Effect.EpochOpened o -> "epoch " + o.closed().next().epoch() + " opened";
            case Effect.SendClosing c -> "to r" + c.replica() + " closing of epoch " + c.epoch();
            case Effect.Ignored i -> "ignored " + i.kind() + " of r" + i.sender() + ": " + i.reason();
            case Effect.KeyReplaced k -> "stops: from epoch %d on another key signs for it".formatted(k.epoch());
            case Effect.Superseded s -> "stops: in epoch %d its replica is %s".formatted(s.epoch(), s.directory());
            case Effect.FallenBehind b ->
                "has fallen behind " + b.certificate().statement().sequence();
            case Effect.Forgotten f -> "stops: " + f.evidence();
            case Effect.Note n -> "note " + n.text();
        };
    }

    /** A message in a few words. */
    static String describe(Message message) {
        return switch (message) {
            case Message.Forward m -> "FORWARD " + m.request().digest().shortHex();
            case Message.PrePrepare m -> "PRE-PREPARE " + describe(m.ballot());
            case Message.Prepare m -> "PREPARE " + describe(m.ballot());
            case Message.Commit m -> "COMMIT " + describe(m.ballot());
            case Message.Checkpoint m ->
                "CHECKPOINT " + m.statement().epoch() + "/" + m.statement().sequence();
            case Message.ViewChange m ->
                "VIEW-CHANGE " + m.epoch() + "/" + m.view() + " of r" + m.replica() + " stable "
                        + m.stable().map(c -> c.statement().sequence()).orElse(0L) + " prepared "
                        + m.prepared().stream()
                                .map(p -> p.ballot().view() + "/" + p.ballot().sequence())
                                .toList();
            case Message.NewView m ->
                "NEW-VIEW " + m.epoch() + "/" + m.view() + " by "
                        + m.viewChanges().stream().map(v -> "r" + v.replica()).toList()
                        + " proposes " + m.proposals().keySet();
            case Message.Status m ->
                "STATUS " + m.epoch() + "/" + m.view() + " executed " + m.executed() + " stable " + m.stable();
            case Message.FetchEntries m -> "FETCH-ENTRIES " + m.from() + "+" + m.limit();
            case Message.Entries m ->
                m.entries().isEmpty()
                        ? "ENTRIES none"
                        : "ENTRIES " + m.entries().getFirst().entry().sequence() + "+"
                                + m.entries().size();
            case Message.FetchBatches m ->
                "FETCH-BATCHES " + m.digests().stream().map(Digest::shortHex).collect(Collectors.joining(" "));
            case Message.Batches m ->
                "BATCHES "
                        + m.batches().stream().map(b -> b.digest().shortHex()).collect(Collectors.joining(" "));
            case Message.Certificate m ->
                "CERTIFICATE " + m.certificate().statement().sequence();
            case Message.EpochClosed m -> "EPOCH-CLOSED " + m.closed().epoch();
            case Message.Receipt m -> "RECEIPT " + m.receipt().segmentCount();
            case Message.FetchSigned m -> "FETCH-SIGNED";
            case Message.Signed m ->
                "SIGNED "
                        + m.vote()
                                .map(v -> v.type() + " " + describe(v.ballot()))
                                .orElse("no vote")
                        + m.checkpoint().map(c -> ", " + describe(c)).orElse("")
                        + m.viewChange().map(v -> ", VIEW-CHANGE " + v.view()).orElse("");
        };
    }

    private static String describe(VoteRecord record) {
        return switch (record) {
            case VoteRecord.Proposal(Message.PrePrepare p) -> "proposal " + describe(p.ballot());
            case VoteRecord.OwnPrepare(Message.Prepare p) -> "prepare " + describe(p.ballot());
            case VoteRecord.OwnCommit c -> "commit " + describe(c.commit().ballot());
            case VoteRecord.Decided d -> "decided " + d.entry().entry().sequence();
            case VoteRecord.InView v -> "view " + v.epoch() + "/" + v.view() + (v.active() ? " entered" : " asked for");
            case VoteRecord.OwnViewChange v -> "own " + describe((Message) v.viewChange());
            case VoteRecord.AcceptedNewView v -> "accepted " + describe((Message) v.newView());
            case VoteRecord.StableCheckpoint s ->
                "stable " + s.certificate().statement().sequence();
            case VoteRecord.Closed c -> "closed epoch " + c.closed().epoch();
            case VoteRecord.OwnRejoin r -> "own REJOIN " + r.rejoin().incarnation();
        };
    }

    private static String describe(Ballot ballot) {
        return ballot.epoch() + "/" + ballot.view() + "/" + ballot.sequence() + " "
                + ballot.digest().shortHex();
    }
}
