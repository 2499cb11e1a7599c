package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Signature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the NEW-VIEW of the current view proposes again, and the batches for it. A NEW-VIEW names batches by their digests; one
 * that was not seen here is fetched, from one peer after the other: any of those that prepared it has it.
 */
final class Reproposals {

    /** Digests asked for in one FETCH-BATCHES, and looked at in one. */
    static final int MAX_FETCHED = 32;

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final NormalOperation normal;
    private final Outbox out;
    private Message.@Nullable NewView newView;
    private SortedMap<Long, Digest> obliged = Collections.emptySortedMap();
    private int lastAsked;

    Reproposals(ReplicaConfig config, Standing standing, MessageLog log, NormalOperation normal, Outbox out) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.normal = normal;
        this.out = out;
        this.lastAsked = config.replica();
    }

    /** The NEW-VIEW of the current view, or null in view 0 and while a view is changed. */
    Message.@Nullable NewView newView() {
        return newView;
    }

    /** A view was entered by a NEW-VIEW, which follows a plan. */
    void begin(Message.NewView entered, NewViewPlan plan) {
        newView = entered;
        obliged = plan.digests();
        proceed();
    }

    /** The view was left, or the epoch has ended. */
    void end() {
        newView = null;
        obliged = Collections.emptySortedMap();
    }

    /** Proposes, or supports, what is obliged, where the window reaches and the batch is known. */
    void proceed() {
        Message.NewView entered = newView;
        if (entered == null || !standing.votes()) {
            return;
        }
        long end = standing.isEnding() ? Math.min(log.high(), standing.epochEnd()) : log.high();
        for (Map.Entry<Long, Digest> planned : obliged.tailMap(log.low() + 1).entrySet()) {
            Signature signature = entered.proposals().get(planned.getKey());
            if (signature != null && planned.getKey() <= end) {
                Ballot ballot = new Ballot(entered.epoch(), entered.view(), planned.getKey(), planned.getValue());
                proceed(log.slot(ballot.sequence(), standing.tick()), new Slot.Reproposal(ballot, signature));
            }
        }
    }

    /** Of the batches that a plan obliges to, those that are not known here, by position. */
    SortedMap<Long, Digest> unknown(NewViewPlan plan) {
        TreeMap<Long, Digest> unknown = new TreeMap<>();
        plan.digests().forEach((sequence, digest) -> {
            if (sequence > log.low() && sequence <= log.high() && batchOf(sequence, digest) == null) {
                unknown.put(sequence, digest);
            }
        });
        return unknown;
    }

    /** Of the batches that the entered view obliges to, those that are not known here, by position. */
    SortedMap<Long, Digest> unknown() {
        TreeMap<Long, Digest> unknown = new TreeMap<>();
        for (Slot slot : log.all()) {
            Slot.Reproposal again = slot.reproposal();
            if (again != null && slot.lacksBatch()) {
                unknown.put(slot.sequence(), again.ballot().digest());
            }
        }
        return unknown;
    }

    /** Asks the next peer for batches. */
    void fetch(SortedMap<Long, Digest> unknown) {
        int n = config.quorums().replicaCount();
        if (unknown.isEmpty() || n == 1) {
            return;
        }
        lastAsked = (lastAsked + 1) % n == standing.self() ? (lastAsked + 2) % n : (lastAsked + 1) % n;
        List<Digest> digests =
                new TreeSet<>(unknown.values()).stream().limit(MAX_FETCHED).toList();
        out.send(lastAsked, new Message.FetchBatches(digests));
    }

    /** Keeps those batches of an answer that are among the unknown ones; returns whether there was any. */
    boolean keep(List<Batch> batches, SortedMap<Long, Digest> unknown) {
        boolean wanted = false;
        for (Batch batch : batches) {
            for (Map.Entry<Long, Digest> lacking : unknown.entrySet()) {
                if (lacking.getValue().equals(batch.digest())) {
                    log.slot(lacking.getKey(), standing.tick()).keepBatch(batch);
                    wanted = true;
                }
            }
        }
        return wanted;
    }

    /** A peer lacks batches: it gets those that this replica has seen, as far as they fit a message. */
    @Nullable
    IgnoreReason onFetchBatches(int sender, Message.FetchBatches fetch) {
        List<Batch> found = new ArrayList<>();
        long bytes = 0;
        for (Digest digest : fetch.digests().stream().limit(MAX_FETCHED).toList()) {
            Batch batch = log.batchOf(digest);
            if (batch != null && bytes + batch.sizeBytes() <= config.limits().batchBytes()) {
                bytes += batch.sizeBytes();
                found.add(batch);
            }
        }
        if (found.isEmpty()) {
            return IgnoreReason.UNSOLICITED;
        }
        out.send(sender, new Message.Batches(found));
        return null;
    }

    private void proceed(Slot slot, Slot.Reproposal again) {
        if (slot.proposal() != null) {
            return;
        }
        slot.expect(again);
        Batch batch = batchOf(slot.sequence(), again.ballot().digest());
        if (batch != null) {
            normal.repropose(slot, new Message.PrePrepare(again.ballot(), batch, again.signature()));
        }
    }

    private @Nullable Batch batchOf(long sequence, Digest digest) {
        if (digest.equals(Batch.NULL.digest())) {
            return Batch.NULL;
        }
        Slot slot = log.find(sequence);
        return slot == null ? null : slot.batchOf(digest);
    }
}
