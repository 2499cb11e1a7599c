package io.sherd.consensus.node;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.ChangeMembersRequest;
import io.sherd.consensus.rpc.ChangeMembersResponse;
import io.sherd.consensus.rpc.FlushRequest;
import io.sherd.consensus.rpc.FlushResponse;
import io.sherd.consensus.rpc.GetChallengeRequest;
import io.sherd.consensus.rpc.GetChallengeResponse;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubRequest;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What an operator asks one replica. Asking is open, as the ledger is; doing needs a listed admin's signature over a fresh
 * challenge, so that a recorded call cannot be played again. Thread-safe.
 */
public final class AdminService extends AdminGrpc.AdminImplBase {

    private static final byte[] FLUSH = "flush".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SCRUB_START = "scrub/start".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SCRUB_PAUSE = "scrub/pause".getBytes(StandardCharsets.US_ASCII);
    private static final int OPEN_CHALLENGES = 64;
    private static final long CHALLENGE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final int replica;
    private final SigningDomain domain;
    private final SignatureVerifier verifier;
    private final Supplier<Standing> standing;
    private final StatusSource source;
    private final Quorums quorums;
    private final Predicate<Request.Change> orders;
    private final Map<ByteString, Long> challenges = new LinkedHashMap<>();

    /**
     * A service of one replica.
     *
     * @param replica its number
     * @param domain the cluster's
     * @param verifier decides about admins' signatures
     * @param standing the member table of now
     * @param source the node
     * @param quorums n and f
     * @param orders takes an admin's change to be ordered; false if there is no room for it now
     */
    public AdminService(
            int replica,
            SigningDomain domain,
            SignatureVerifier verifier,
            Supplier<Standing> standing,
            StatusSource source,
            Quorums quorums,
            Predicate<Request.Change> orders) {
        this.replica = replica;
        this.domain = domain;
        this.verifier = verifier;
        this.standing = standing;
        this.source = source;
        this.quorums = quorums;
        this.orders = orders;
    }

    @Override
    public void getStatus(GetStatusRequest question, StreamObserver<GetStatusResponse> answers) {
        try {
            answers.onNext(source.status());
            answers.onCompleted();
        } catch (StoreException e) {
            answers.onError(Status.DATA_LOSS.withDescription(e.getMessage()).asRuntimeException());
        }
    }

    @Override
    public void getChallenge(GetChallengeRequest question, StreamObserver<GetChallengeResponse> answers) {
        ByteString challenge = ByteString.copyFrom(RandomIds.nonce().toByteArray());
        synchronized (challenges) {
            challenges.put(challenge, System.nanoTime());
            while (challenges.size() > OPEN_CHALLENGES) {
                challenges.remove(challenges.keySet().iterator().next());
            }
        }
        answers.onNext(GetChallengeResponse.newBuilder().setChallenge(challenge).build());
        answers.onCompleted();
    }

    @Override
    public void flush(FlushRequest request, StreamObserver<FlushResponse> answers) {
        answer(
                answers,
                isFromAdmin(FLUSH, request.getAdmin(), request.getChallenge(), request.getSignature()),
                () -> FlushResponse.newBuilder().setArchiveBytes(source.flush()).build());
    }

    @Override
    public void scrub(ScrubRequest request, StreamObserver<ScrubAnswer> answers) {
        switch (request.getAction()) {
            case START ->
                answer(
                        answers,
                        isFromAdmin(SCRUB_START, request.getAdmin(), request.getChallenge(), request.getSignature()),
                        source::startScrub);
            case PAUSE ->
                answer(
                        answers,
                        isFromAdmin(SCRUB_PAUSE, request.getAdmin(), request.getChallenge(), request.getSignature()),
                        source::pauseScrub);
            case UNSPECIFIED, UNRECOGNIZED ->
                answers.onError(Status.INVALID_ARGUMENT
                        .withDescription("a scrub can be started or paused")
                        .asRuntimeException());
        }
    }

    /** Does something, which may need the disk. */
    @FunctionalInterface
    private interface Deed<T> {
        T done() throws StoreException;
    }

    private static <T> void answer(StreamObserver<T> answers, boolean isAllowed, Deed<T> deed) {
        if (!isAllowed) {
            answers.onError(Status.PERMISSION_DENIED
                    .withDescription("not signed by a listed admin over an open challenge")
                    .asRuntimeException());
            return;
        }
        try {
            answers.onNext(deed.done());
            answers.onCompleted();
        } catch (StoreException e) {
            answers.onError(Status.DATA_LOSS.withDescription(e.getMessage()).asRuntimeException());
        }
    }

    @Override
    public void changeMembers(ChangeMembersRequest request, StreamObserver<ChangeMembersResponse> answers) {
        Optional<Status> refusal = refusalOf(request);
        if (refusal.isPresent()) {
            answers.onError(refusal.get().asRuntimeException());
            return;
        }
        answers.onNext(ChangeMembersResponse.getDefaultInstance());
        answers.onCompleted();
    }

    /** Hands the change over to be ordered, or says why not. */
    private Optional<Status> refusalOf(ChangeMembersRequest request) {
        Request decoded;
        try {
            decoded = Request.decode(Bytes.wrap(request.getChange().toByteArray()));
        } catch (WireFormatException e) {
            return Optional.of(Status.INVALID_ARGUMENT.withDescription("not a change: " + e.getMessage()));
        }
        if (!(decoded instanceof Request.Change change)) {
            return Optional.of(Status.INVALID_ARGUMENT.withDescription("another request than a change"));
        }
        Optional<String> objection = standing.get().members().objectionTo(change, quorums);
        if (objection.isPresent()) {
            return objection.map(Status.FAILED_PRECONDITION::withDescription);
        }
        if (!change.isSignedFor(domain, verifier)) {
            return Optional.of(Status.PERMISSION_DENIED.withDescription("not signed by the admin that it names"));
        }
        return orders.test(change)
                ? Optional.empty()
                : Optional.of(Status.RESOURCE_EXHAUSTED.withDescription("no room for another request now"));
    }

    private boolean isFromAdmin(byte[] deed, ByteString key, ByteString challenge, ByteString signature) {
        if (key.size() != Digest.SIZE_BYTES || signature.size() != Signature.SIZE_BYTES || !takeChallenge(challenge)) {
            return false;
        }
        VerifyingKey admin = new VerifyingKey(Digest.of(key.toByteArray()));
        byte[] body = new ByteWriter()
                .raw(deed)
                .u16(replica)
                .raw(challenge.toByteArray())
                .toByteArray();
        return standing.get().members().admins().contains(admin)
                && verifier.verify(
                        admin,
                        domain.toSign(SigningDomain.NO_EPOCH, SignedType.ADMIN, body),
                        new Signature(Bytes.wrap(signature.toByteArray())));
    }

    /** A challenge serves once, and for a minute. */
    private boolean takeChallenge(ByteString challenge) {
        synchronized (challenges) {
            Long given = challenges.remove(challenge);
            return given != null && System.nanoTime() - given < CHALLENGE_NANOS;
        }
    }
}
