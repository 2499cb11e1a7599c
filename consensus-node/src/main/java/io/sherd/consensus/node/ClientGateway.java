package io.sherd.consensus.node;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.edge.EdgeGuest;
import io.sherd.consensus.ledger.Outcome;
import io.sherd.consensus.rpc.ClientGrpc;
import io.sherd.consensus.rpc.GetSessionRequest;
import io.sherd.consensus.rpc.GetSessionResponse;
import io.sherd.consensus.rpc.OutcomeStatus;
import io.sherd.consensus.rpc.Refusal;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.consensus.rpc.SubmitRequest;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The write side of the public edge. An operation is checked once, cheapest test first: size, form, listed client, already
 * executed, room, signature. Then it is handed to the core. Outcomes go to the streams that follow their client, one message
 * per stream and entry. A stream that does not read is cut, and those on which nobody proved anything share one bound. A stream that handed in a new operation keeps its place at the
 * edge; one that only follows gives it up to others. Thread-safe.
 */
public final class ClientGateway extends ClientGrpc.ClientImplBase {

    private final int replica;
    private final int requestLimitBytes;
    private final SigningDomain domain;
    private final SignatureVerifier verifier;
    private final Supplier<Standing> standing;
    private final SessionLookup sessions;
    private final RequestSink sink;
    private final GatewayLimits limits;
    private final WaitingOperations waiting;
    private final Map<VerifyingKey, Set<ClientStream>> followers = new ConcurrentHashMap<>();
    private final Set<ClientStream> streams = ConcurrentHashMap.newKeySet();

    /**
     * A gateway of one replica.
     *
     * @param genesis the cluster
     * @param replica this replica
     * @param verifier decides about clients' signatures
     * @param standing where the replica stands now
     * @param sessions what was executed before
     * @param sink takes what is to be ordered
     * @param limits bounds
     */
    public ClientGateway(
            Genesis genesis,
            int replica,
            SignatureVerifier verifier,
            Supplier<Standing> standing,
            SessionLookup sessions,
            RequestSink sink,
            GatewayLimits limits) {
        this.replica = replica;
        this.requestLimitBytes = genesis.limits().requestBytes();
        this.domain = genesis.signingDomain();
        this.verifier = verifier;
        this.standing = standing;
        this.sessions = sessions;
        this.sink = sink;
        this.limits = limits;
        this.waiting = new WaitingOperations(limits.waitingPerClient(), limits.waitingBytes());
    }

    @Override
    public StreamObserver<SubmitRequest> submit(StreamObserver<SubmitResponse> responses) {
        EdgeGuest guest = EdgeGuest.ofThisCall();
        ClientStream stream = new ClientStream(
                (ServerCallStreamObserver<SubmitResponse>) responses, guest, limits.unreadBytes(), this::ended);
        streams.add(stream);
        guest.whenDisplaced(stream::abandon);
        return new StreamObserver<>() {
            @Override
            public void onNext(SubmitRequest message) {
                received(stream, message);
            }

            @Override
            public void onError(Throwable failure) {
                ended(stream);
            }

            @Override
            public void onCompleted() {
                stream.complete();
                ended(stream);
            }
        };
    }

    @Override
    public void getSession(GetSessionRequest question, StreamObserver<GetSessionResponse> answers) {
        Optional<VerifyingKey> client = key(question.getClient());
        if (client.isEmpty()) {
            answers.onError(Status.INVALID_ARGUMENT
                    .withDescription("a client's key has 32 bytes")
                    .asRuntimeException());
            return;
        }
        Standing now = standing.get();
        answers.onNext(GetSessionResponse.newBuilder()
                .setReplica(replica)
                .setEpoch(now.members().epoch())
                .setView(now.view())
                .setHighestId(sessions.highestId(client.get()))
                .setExecuted(sessions.executed())
                .build());
        answers.onCompleted();
    }

    /** Sends the outcomes of an executed entry to whoever follows their clients. */
    public void executed(List<Outcome> outcomes) {
        Map<ClientStream, OutcomeMessages> messages = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            waiting.done(outcome.client(), outcome.id());
            Set<ClientStream> told = followers.getOrDefault(outcome.client(), Set.of());
            if (!told.isEmpty()) {
                // One copy of the result, however many streams wait with it.
                io.sherd.consensus.rpc.Outcome message = toMessage(outcome);
                told.forEach(follower -> messages.computeIfAbsent(follower, _ -> messagesTo(follower))
                        .add(message));
            }
        }
        messages.values().forEach(OutcomeMessages::sendRest);
        boundStrangers();
    }

    /** Requests taken from clients here that are not executed yet. */
    public int waitingCount() {
        return waiting.count();
    }

    private void received(ClientStream stream, SubmitRequest message) {
        OutcomeMessages answer = messagesTo(stream);
        if (!message.getFollow().isEmpty()) {
            Optional<VerifyingKey> followed = key(message.getFollow());
            if (followed.isEmpty() || !follow(stream, followed.get())) {
                stream.cut(Status.INVALID_ARGUMENT.withDescription("not a client's key, or too many of them"));
                return;
            }
        }
        for (ByteString encoded : message.getRequestsList()) {
            take(stream, encoded, answer);
        }
        if (message.getFollow().isEmpty()) {
            answer.sendRest();
        } else {
            // The answer shows the client that it is followed from here on.
            answer.send();
        }
        boundStrangers();
    }

    /** Cuts the streams of strangers with most unread bytes until the rest of them is within its bound. */
    private void boundStrangers() {
        while (true) {
            long total = 0;
            long most = 0;
            ClientStream fullest = null;
            for (ClientStream stream : streams) {
                long unread = stream.unreadByStranger();
                total += unread;
                if (unread > most) {
                    most = unread;
                    fullest = stream;
                }
            }
            if (fullest == null || total <= limits.strangersUnreadBytes()) {
                return;
            }
            fullest.cutUnread();
        }
    }

    private void take(ClientStream stream, ByteString encoded, OutcomeMessages answer) {
        if (encoded.size() > requestLimitBytes) {
            answer.add(refusal(0, RefusalReason.REFUSAL_REASON_TOO_LARGE));
            return;
        }
        Request request;
        try {
            request = Request.decode(Bytes.wrap(encoded.toByteArray()));
        } catch (WireFormatException e) {
            answer.add(refusal(0, RefusalReason.REFUSAL_REASON_MALFORMED));
            return;
        }
        if (!(request instanceof Request.Operation operation)) {
            answer.add(refusal(0, RefusalReason.REFUSAL_REASON_MALFORMED));
            return;
        }
        Optional<Outcome> kept = sessions.kept(operation.client(), operation.id());
        if (kept.isPresent()) {
            answer.add(toMessage(kept.get()));
            return;
        }
        reasonToRefuse(operation)
                .ifPresentOrElse(
                        reason -> answer.add(refusal(operation.id(), reason)),
                        () -> handOver(stream, operation, answer));
    }

    private Optional<RefusalReason> reasonToRefuse(Request.Operation operation) {
        Standing now = standing.get();
        if (!now.members().isClient(operation.client())) {
            return Optional.of(RefusalReason.REFUSAL_REASON_UNLISTED_CLIENT);
        }
        if (!now.active()) {
            return Optional.of(RefusalReason.REFUSAL_REASON_NOT_ACTIVE);
        }
        if (!waiting.hasRoomFor(operation)) {
            return Optional.of(RefusalReason.REFUSAL_REASON_BUSY);
        }
        return operation.isSignedFor(domain, verifier)
                ? Optional.empty()
                : Optional.of(RefusalReason.REFUSAL_REASON_BAD_SIGNATURE);
    }

    private void handOver(ClientStream stream, Request.Operation operation, OutcomeMessages answer) {
        if (!follow(stream, operation.client())) {
            answer.add(refusal(operation.id(), RefusalReason.REFUSAL_REASON_BUSY));
            return;
        }
        // New, and signed by a listed client: what the ledger shows to everybody was answered before.
        stream.provedBy(operation.client());
        waiting.add(operation);
        if (!sink.submit(operation)) {
            waiting.done(operation.client(), operation.id());
            answer.add(refusal(operation.id(), RefusalReason.REFUSAL_REASON_BUSY));
        }
    }

    private boolean follow(ClientStream stream, VerifyingKey client) {
        if (!stream.follow(client, limits.followedPerStream())) {
            return false;
        }
        followers.computeIfAbsent(client, _ -> ConcurrentHashMap.newKeySet()).add(stream);
        if (!streams.contains(stream)) {
            // It ended meanwhile.
            ended(stream);
        }
        return true;
    }

    private void ended(ClientStream stream) {
        streams.remove(stream);
        for (VerifyingKey client : stream.followed()) {
            followers.computeIfPresent(client, (_, set) -> {
                set.remove(stream);
                return set.isEmpty() ? null : set;
            });
        }
    }

    private OutcomeMessages messagesTo(ClientStream stream) {
        return new OutcomeMessages(stream, this::greeting);
    }

    private SubmitResponse.Builder greeting() {
        Standing now = standing.get();
        return SubmitResponse.newBuilder()
                .setEpoch(now.members().epoch())
                .setView(now.view())
                .setReplica(replica);
    }

    private static Refusal refusal(long id, RefusalReason reason) {
        return Refusal.newBuilder().setId(id).setReason(reason).build();
    }

    private static io.sherd.consensus.rpc.Outcome toMessage(Outcome outcome) {
        return io.sherd.consensus.rpc.Outcome.newBuilder()
                .setClient(ByteString.copyFrom(outcome.client().raw().toByteArray()))
                .setId(outcome.id())
                .setSequence(outcome.sequence())
                .setStatus(
                        switch (outcome.status()) {
                            case EXECUTED -> OutcomeStatus.OUTCOME_STATUS_EXECUTED;
                            case RESULT_DROPPED -> OutcomeStatus.OUTCOME_STATUS_RESULT_DROPPED;
                            case STALE -> OutcomeStatus.OUTCOME_STATUS_STALE;
                            case TOO_FAR_AHEAD -> OutcomeStatus.OUTCOME_STATUS_TOO_FAR_AHEAD;
                        })
                .setResult(ByteString.copyFrom(outcome.result().readOnlyArray()))
                .build();
    }

    private static Optional<VerifyingKey> key(ByteString bytes) {
        return bytes.size() == Digest.SIZE_BYTES
                ? Optional.of(new VerifyingKey(Digest.of(bytes.toByteArray())))
                : Optional.empty();
    }
}
