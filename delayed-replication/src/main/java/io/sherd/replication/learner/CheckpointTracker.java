package io.sherd.replication.learner;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The highest proved checkpoint and the latest proved member table.
 *
 * <p>What a source claims moves neither: a certificate counts once it verifies under the keys of its epoch, and an epoch is
 * reached only over the closing certificates of all before it. A head of a later epoch waits, one per source, until they
 * are there.
 */
final class CheckpointTracker {

    private final LearnerConfig config;
    private final Genesis genesis;
    private final SigningDomain domain;
    private final SignatureVerifier verifier;
    private final Sources sources;
    private final Head[] heads;
    private MemberTable members;
    private @Nullable CheckpointCertificate target;
    private @Nullable String contradiction;

    /** What was asked of one source, and what it said. */
    private static final class Head {
        boolean heard;
        boolean asked;
        long askedAt;
        long nextAt;
        LearnerEffect.@Nullable FetchEpochs epochsAsked;
        long epochsAskedAt;

        @Nullable
        CheckpointCertificate pending;
    }

    CheckpointTracker(LearnerConfig config, SignatureVerifier verifier, Sources sources, LearnerProgress progress) {
        this.config = config;
        this.genesis = config.genesis();
        this.domain = genesis.signingDomain();
        this.verifier = verifier;
        this.sources = sources;
        this.members = progress.members();
        this.target = progress.target().orElse(null);
        this.heads = new Head[sources.count()];
        for (int i = 0; i < heads.length; i++) {
            heads[i] = new Head();
        }
    }

    MemberTable members() {
        return members;
    }

    Optional<CheckpointCertificate> target() {
        return Optional.ofNullable(target);
    }

    /** What excludes what, once two proved things do. */
    Optional<String> contradiction() {
        return Optional.ofNullable(contradiction);
    }

    int sourcesHeard() {
        int heard = 0;
        for (Head head : heads) {
            heard += head.heard ? 1 : 0;
        }
        return heard;
    }

    /** Whether no answer is being waited for and nobody can be asked now. */
    boolean isCutOff(long now) {
        for (int source = 0; source < heads.length; source++) {
            if (heads[source].asked || heads[source].epochsAsked != null || sources.isAvailable(source, now)) {
                return false;
            }
        }
        return true;
    }

    /** Asks for heads that are due and for epochs that are missing, and gives up on silent sources. */
    void plan(long now, List<LearnerEffect> effects) {
        for (int source = 0; source < heads.length; source++) {
            Head head = heads[source];
            if (head.asked && now - head.askedAt >= config.timeoutTicks()) {
                head.asked = false;
                sources.failed(source, now, silent());
            }
            if (head.epochsAsked != null && now - head.epochsAskedAt >= config.timeoutTicks()) {
                head.epochsAsked = null;
                sources.failed(source, now, silent());
            }
            if (!sources.isAvailable(source, now)) {
                continue;
            }
            if (!head.asked && now >= head.nextAt) {
                head.asked = true;
                head.askedAt = now;
                effects.add(new LearnerEffect.FetchHead(source));
            }
            if (head.pending != null && head.epochsAsked == null) {
                head.epochsAsked = new LearnerEffect.FetchEpochs(source, members.epoch());
                head.epochsAskedAt = now;
                effects.add(head.epochsAsked);
            }
        }
    }

    @Nullable
    Refusal onHead(
            LearnerEffect.FetchHead fetch, CheckpointCertificate certificate, long now, List<LearnerEffect> effects) {
        Head head = heads[fetch.source()];
        if (!head.asked) {
            return new Refusal(LearnerIgnoreReason.UNASKED, "no head is being waited for");
        }
        answered(head, now);
        sources.answered(fetch.source(), now);
        return consider(head, certificate, effects);
    }

    @Nullable
    Refusal onEpochs(LearnerEffect.FetchEpochs fetch, List<ClosedEpoch> closed, long now, List<LearnerEffect> effects) {
        Head head = heads[fetch.source()];
        if (!fetch.equals(head.epochsAsked)) {
            return new Refusal(LearnerIgnoreReason.UNASKED, "no epochs are being waited for");
        }
        head.epochsAsked = null;
        sources.answered(fetch.source(), now);
        long expected = fetch.fromEpoch();
        for (ClosedEpoch next : closed) {
            if (next.epoch() != expected) {
                head.pending = null;
                return new Refusal(
                        LearnerIgnoreReason.EPOCHS_OUT_OF_ORDER,
                        "closed epoch %d where %d was expected".formatted(next.epoch(), expected));
            }
            expected++;
            // Another source may have been faster.
            if (next.epoch() == members.epoch()) {
                Refusal refusal = pass(next, effects);
                if (refusal != null) {
                    head.pending = null;
                    return refusal;
                }
            }
        }
        if (expected == fetch.fromEpoch()) {
            head.pending = null;
            sources.failed(
                    fetch.source(),
                    now,
                    "speaks of a later epoch than %d and cannot prove it".formatted(members.epoch()));
        }
        return null;
    }

    void onFailure(LearnerEffect.FetchHead fetch, LearnerEvent.Failure why, long now) {
        Head head = heads[fetch.source()];
        if (head.asked) {
            answered(head, now);
            head.heard |= why == LearnerEvent.Failure.NOT_FOUND;
        }
    }

    void onFailure(LearnerEffect.FetchEpochs fetch) {
        Head head = heads[fetch.source()];
        if (fetch.equals(head.epochsAsked)) {
            head.epochsAsked = null;
            head.pending = null;
        }
    }

    /** Looks again at the heads that waited for an epoch; what is refused of them now is named by source. */
    @Nullable
    Refusal reconsider(int source, List<LearnerEffect> effects) {
        CheckpointCertificate pending = heads[source].pending;
        if (pending == null || pending.statement().epoch() > members.epoch()) {
            return null;
        }
        heads[source].pending = null;
        return consider(heads[source], pending, effects);
    }

    private void answered(Head head, long now) {
        head.asked = false;
        head.nextAt = now + config.headEveryTicks();
    }

    private @Nullable Refusal consider(Head head, CheckpointCertificate certificate, List<LearnerEffect> effects) {
        CheckpointStatement claimed = certificate.statement();
        if (target != null && claimed.equals(target.statement())) {
            head.heard = true;
            return null;
        }
        if (target != null && claimed.segmentCount() < target.statement().segmentCount()) {
            // Behind, or pretending to be: it says nothing that is not known better.
            head.heard = true;
            return null;
        }
        if (claimed.epoch() > members.epoch()) {
            head.pending = certificate;
            return null;
        }
        if (claimed.epoch() < members.epoch()) {
            return new Refusal(
                    LearnerIgnoreReason.VOID_EPOCH,
                    "%d segments in epoch %d, which was closed before"
                            .formatted(claimed.segmentCount(), claimed.epoch()));
        }
        try {
            certificate.verify(domain, genesis.quorums(), members, verifier);
        } catch (InvalidCertificateException e) {
            return new Refusal(LearnerIgnoreReason.FORGED_CERTIFICATE, String.valueOf(e.getMessage()));
        }
        head.heard = true;
        raise(certificate, effects);
        return null;
    }

    private @Nullable Refusal pass(ClosedEpoch closed, List<LearnerEffect> effects) {
        try {
            members = closed.verify(domain, genesis.quorums(), members, verifier);
        } catch (InvalidCertificateException e) {
            return new Refusal(LearnerIgnoreReason.FORGED_EPOCH, String.valueOf(e.getMessage()));
        }
        effects.add(new LearnerEffect.EpochPassed(closed));
        raise(closed.certificate(), effects);
        return null;
    }

    /** Takes a verified certificate: a higher one is the new target, a different one of equal height excludes it. */
    private void raise(CheckpointCertificate proved, List<LearnerEffect> effects) {
        long count = proved.statement().segmentCount();
        if (target == null || count > target.statement().segmentCount()) {
            target = proved;
            effects.add(new LearnerEffect.Target(proved));
        } else if (count == target.statement().segmentCount()
                && !proved.statement().equals(target.statement())) {
            contradiction = "two certified checkpoints of %d segments: %s and %s"
                    .formatted(count, target.statement(), proved.statement());
        }
    }

    private String silent() {
        return LearnerConfig.NO_ANSWER;
    }
}
