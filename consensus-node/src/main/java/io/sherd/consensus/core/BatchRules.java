package io.sherd.consensus.core;

import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a batch must be like to be proposed. A pure function of the batch, the position and the member table, except that a
 * request whose signature was checked when it arrived is not checked again.
 */
final class BatchRules {

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final RequestQueue queue;

    BatchRules(ReplicaConfig config, Authenticator authenticator, RequestQueue queue) {
        this.config = config;
        this.authenticator = authenticator;
        this.queue = queue;
    }

    /** Why a fresh proposal for a position is refused, or null. */
    @Nullable
    IgnoreReason reasonToRefuse(long sequence, Batch batch, MemberTable members) {
        if (batch.sizeBytes() > config.limits().batchBytes()) {
            return IgnoreReason.INVALID_BATCH;
        }
        return switch (batch.kind()) {
            case NULL -> IgnoreReason.INVALID_BATCH;
            case SEAL -> isSealOf(sequence, batch) ? null : IgnoreReason.INVALID_BATCH;
            case EPOCH -> reasonToRefuseEpochEntry(batch, members);
            case OPERATIONS -> reasonToRefuseOperations(batch, members);
        };
    }

    /** Why a request that someone relays is refused, or null. */
    @Nullable
    IgnoreReason reasonToRefuse(Request request, MemberTable members) {
        return switch (request) {
            case Request.Operation operation ->
                operation.encoded().size() > config.limits().requestBytes()
                                || !members.isClient(operation.client())
                                || !operation.isSignedFor(config.domain(), authenticator.verifier())
                        ? IgnoreReason.INVALID_REQUEST
                        : null;
            case Request.Rejoin rejoin ->
                members.applies(rejoin)
                                && rejoin.isSignedFor(
                                        config.domain(),
                                        authenticator.verifier(),
                                        members.member(rejoin.replica()).key())
                        ? null
                        : IgnoreReason.INVALID_REQUEST;
            case Request.Change change ->
                change.encoded().size() <= config.limits().requestBytes()
                                && members.objectionTo(change, config.quorums()).isEmpty()
                                && change.isSignedFor(config.domain(), authenticator.verifier())
                        ? null
                        : IgnoreReason.INVALID_REQUEST;
            case Request.Seal _ -> IgnoreReason.INVALID_REQUEST;
        };
    }

    private static boolean isSealOf(long sequence, Batch batch) {
        return batch.requests().getFirst() instanceof Request.Seal seal && seal.sequence() == sequence;
    }

    private @Nullable IgnoreReason reasonToRefuseOperations(Batch batch, MemberTable members) {
        for (Request request : batch.requests()) {
            if (request.encoded().size() > config.limits().requestBytes()) {
                return IgnoreReason.INVALID_BATCH;
            }
            if (!queue.isPending(request.digest()) && reasonToRefuse(request, members) != null) {
                return IgnoreReason.INVALID_REQUEST;
            }
        }
        return null;
    }

    /** Several REJOINs may share an entry, but of each replica only one: the table takes no second. An admin's change is alone. */
    private @Nullable IgnoreReason reasonToRefuseEpochEntry(Batch batch, MemberTable members) {
        TreeSet<Integer> rejoining = new TreeSet<>();
        for (Request request : batch.requests()) {
            if (request instanceof Request.Rejoin rejoin && !rejoining.add(rejoin.replica())) {
                return IgnoreReason.INVALID_BATCH;
            }
            IgnoreReason reason = reasonToRefuse(request, members);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }
}
