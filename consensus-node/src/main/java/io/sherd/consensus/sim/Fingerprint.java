package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;

/** Short hashes of what happens: equal for equal things in every process, and made without writing anything down. */
final class Fingerprint {

    private static final long ODD = 0x9E3779B97F4A7C15L;

    private Fingerprint() {}

    /** One more value on top of a hash. */
    static long mix(long hash, long value) {
        long mixed = (hash ^ value) * ODD;
        return mixed ^ mixed >>> 32;
    }

    static long of(Event event) {
        return switch (event) {
            case Event.Tick t -> 1;
            case Event.Arrived(int sender, Message message) -> mix(mix(2, sender), of(message));
            case Event.Submitted s -> mix(3, of(s.request().digest()));
            case Event.Executed e -> mix(mix(4, e.sequence()), (e.closing() ? 1 : 0) + (e.stateCheckpoint() ? 2 : 0));
            case Event.CheckpointReady r -> mix(5, r.statement().sequence());
        };
    }

    static long of(Effect effect) {
        return switch (effect) {
            case Effect.Persist(VoteRecord record) -> mix(11, of(record));
            case Effect.Send(int to, Message message) -> mix(mix(12, to), of(message));
            case Effect.Broadcast(Message message) -> mix(13, of(message));
            case Effect.Execute e ->
                mix(
                        mix(mix(14, e.epoch()), e.entry().sequence()),
                        of(e.entry().batch().digest()));
            case Effect.Stable s ->
                mix(
                        mix(15, s.certificate().statement().sequence()),
                        s.certificate().signatures().keySet().hashCode());
            case Effect.EpochOpened o -> mix(16, o.closed().epoch());
            case Effect.SendClosing c -> mix(mix(17, c.replica()), c.epoch());
            case Effect.Ignored i ->
                mix(
                        mix(mix(18, i.sender()), i.kind().hashCode()),
                        i.reason().name().hashCode());
            case Effect.Superseded s -> mix(20, s.epoch());
            case Effect.KeyReplaced k -> mix(20, -1 - k.epoch());
            case Effect.FallenBehind b -> mix(21, b.certificate().statement().sequence());
            case Effect.Forgotten f -> mix(22, f.evidence().hashCode());
            case Effect.Note n -> mix(19, n.text().hashCode());
        };
    }

    static long of(Message message) {
        return switch (message) {
            case Message.Forward m -> mix(21, of(m.request().digest()));
            case Message.PrePrepare m -> mix(22, of(m.ballot()));
            case Message.Prepare m -> mix(mix(23, m.replica()), of(m.ballot()));
            case Message.Commit m -> mix(mix(24, m.replica()), of(m.ballot()));
            case Message.Checkpoint m ->
                mix(mix(25, m.replica()), of(m.statement().ledgerHash()));
            case Message.ViewChange m -> of(m);
            case Message.NewView m -> {
                long hash = mix(mix(27, m.epoch()), m.view());
                for (Message.ViewChange change : m.viewChanges()) {
                    hash = mix(hash, of(change));
                }
                yield mix(hash, m.proposals().keySet().hashCode());
            }
            case Message.Status m -> mix(mix(mix(mix(28, m.epoch()), m.view()), m.executed()), m.stable());
            case Message.FetchEntries m -> mix(mix(29, m.from()), m.limit());
            case Message.Entries m ->
                m.entries().isEmpty()
                        ? 30
                        : mix(
                                mix(30, m.entries().getFirst().entry().sequence()),
                                m.entries().size());
            case Message.FetchBatches m -> {
                long hash = 31;
                for (Digest digest : m.digests()) {
                    hash = mix(hash, of(digest));
                }
                yield hash;
            }
            case Message.Batches m -> mix(32, m.batches().size());
            case Message.Certificate m -> mix(33, m.certificate().statement().sequence());
            case Message.EpochClosed m -> mix(34, m.closed().epoch());
            case Message.Receipt m -> mix(35, m.receipt().segmentCount());
            case Message.FetchSigned m -> 36;
            case Message.Signed m -> {
                long hash = mix(37, m.vote().map(v -> of(v.ballot())).orElse(0L));
                hash = mix(
                        hash, m.checkpoint().map(c -> c.statement().sequence()).orElse(0L));
                yield mix(hash, m.viewChange().map(Message.ViewChange::view).orElse(0L));
            }
        };
    }

    private static long of(Message.ViewChange change) {
        long hash = mix(mix(mix(26, change.epoch()), change.view()), change.replica());
        hash = mix(hash, change.stable().map(c -> c.statement().sequence()).orElse(0L));
        for (var proof : change.prepared()) {
            hash = mix(hash, of(proof.ballot()));
        }
        return hash;
    }

    private static long of(VoteRecord record) {
        return switch (record) {
            case VoteRecord.Proposal(Message.PrePrepare p) -> mix(41, of(p.ballot()));
            case VoteRecord.OwnPrepare(Message.Prepare p) -> mix(42, of(p.ballot()));
            case VoteRecord.OwnCommit c -> mix(43, of(c.commit().ballot()));
            case VoteRecord.Decided d -> mix(44, d.entry().entry().sequence());
            case VoteRecord.InView v -> mix(mix(mix(45, v.epoch()), v.view()), v.active() ? 1 : 0);
            case VoteRecord.OwnViewChange v -> mix(46, of(v.viewChange()));
            case VoteRecord.AcceptedNewView v -> mix(47, of((Message) v.newView()));
            case VoteRecord.StableCheckpoint s ->
                mix(48, s.certificate().statement().sequence());
            case VoteRecord.Closed c -> mix(49, c.closed().epoch());
            case VoteRecord.OwnRejoin r -> mix(50, r.rejoin().incarnation());
        };
    }

    private static long of(Ballot ballot) {
        return mix(mix(mix(ballot.epoch(), ballot.view()), ballot.sequence()), of(ballot.digest()));
    }

    private static long of(Digest digest) {
        return digest.hashCode();
    }
}
