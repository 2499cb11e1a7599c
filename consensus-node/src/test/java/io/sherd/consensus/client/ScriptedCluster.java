package io.sherd.consensus.client;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.consensus.rpc.ClientGrpc;
import io.sherd.consensus.rpc.GetSessionRequest;
import io.sherd.consensus.rpc.GetSessionResponse;
import io.sherd.consensus.rpc.Outcome;
import io.sherd.consensus.rpc.OutcomeStatus;
import io.sherd.consensus.rpc.Refusal;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.consensus.rpc.SubmitRequest;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Four replicas as a client sees them: real edges with TLS, and behind them no protocol. An operation is executed when the first
 * replica that listens gets it, once; then each replica says of it what its script makes of the truth.
 */
final class ScriptedCluster implements AutoCloseable {
    static final int REPLICAS = 4;
    static final Signer CLIENT = TestKeys.signer("client");
    private static final EdgeLimits EDGE = new EdgeLimits(
            64,
            64,
            128,
            128,
            16,
            Duration.ofSeconds(1),
            2,
            1 << 22,
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10));

    private final Genesis genesis;
    private final List<Replica> replicas = new ArrayList<>();
    private final Map<Long, Outcome> executed = new LinkedHashMap<>();
    private final List<Request.Operation> arrived = new ArrayList<>();

    ScriptedCluster(int sessionWindow) throws Exception {
        List<Member> members = new ArrayList<>();
        for (int number = 0; number < REPLICAS; number++) {
            Replica replica = new Replica(number, TlsIdentity.generate(Clock.systemUTC()));
            replicas.add(replica);
            members.add(new Member(
                    TestKeys.signer("replica " + number).key(),
                    replica.identity.pin(),
                    "127.0.0.1:1",
                    "127.0.0.1:" + replica.server.port(),
                    TestCluster.directory(number),
                    0));
        }
        Limits limits = Limits.DEFAULT;
        genesis = new Genesis(
                "scripted",
                TestCluster.hash("nonce"),
                new Quorums(REPLICAS, 1),
                3,
                "none",
                new Limits(
                        limits.segmentTargetBytes(),
                        limits.checkpointInterval(),
                        limits.window(),
                        limits.windowBytes(),
                        limits.requestBytes(),
                        limits.batchBytes(),
                        limits.frameBytes(),
                        limits.stateCheckpointEvery(),
                        sessionWindow,
                        limits.resultBytes(),
                        limits.sealMillis()),
                new MemberTable(0, members, List.of(CLIENT.key()), List.of()));
    }

    Genesis genesis() {
        return genesis;
    }

    Replica replica(int number) {
        return replicas.get(number);
    }

    /** The operations that came to replicas, in order, with those that came again. */
    synchronized List<Request.Operation> arrived() {
        return List.copyOf(arrived);
    }

    /** What was executed, by id. */
    synchronized Map<Long, Outcome> executed() {
        return Map.copyOf(executed);
    }

    /** The result of an operation: its payload, twice. */
    static Bytes resultOf(Bytes payload) {
        byte[] once = payload.toByteArray();
        byte[] twice = java.util.Arrays.copyOf(once, 2 * once.length);
        System.arraycopy(once, 0, twice, once.length, once.length);
        return Bytes.wrap(twice);
    }

    @Override
    public void close() {
        replicas.forEach(replica -> replica.server.close());
    }

    private synchronized Outcome execute(Request.Operation operation) {
        return executed.computeIfAbsent(
                operation.id(),
                id -> Outcome.newBuilder()
                        .setClient(ByteString.copyFrom(operation.client().raw().toByteArray()))
                        .setId(id)
                        .setSequence(1000 + executed.size())
                        .setStatus(OutcomeStatus.OUTCOME_STATUS_EXECUTED)
                        .setResult(ByteString.copyFrom(
                                resultOf(operation.payload()).toByteArray()))
                        .build());
    }

    /** One replica: what it says can be changed at any time. Honest unless told otherwise. */
    final class Replica extends ClientGrpc.ClientImplBase {
        private final int number;
        private final TlsIdentity identity;
        private final Set<ServerCallStreamObserver<SubmitResponse>> streams = new LinkedHashSet<>();
        private EdgeServer server;
        private Function<Outcome, List<Outcome>> says = List::of;
        private Function<Request.Operation, List<RefusalReason>> refuses = _ -> List.of();
        private boolean listens = true;
        private boolean answersSessions = true;
        private boolean busy;
        private long highestId;
        private long position;
        private long view;

        private Replica(int number, TlsIdentity identity) throws IOException {
            this.number = number;
            this.identity = identity;
            this.server = start(0);
        }

        /** It says these outcomes in the place of the true one. */
        synchronized Replica says(Function<Outcome, List<Outcome>> script) {
            says = script;
            return this;
        }

        /** It says nothing of what was executed. */
        Replica isSilent() {
            return says(_ -> List.of());
        }

        /** It refuses operations that come to it, for these reasons, before it hands them on. */
        synchronized Replica refuses(Function<Request.Operation, List<RefusalReason>> script) {
            refuses = script;
            return this;
        }

        /** Operations that come to it are not handed on. */
        synchronized Replica isDeaf() {
            listens = false;
            return this;
        }

        /** What it says of the client's session, and of its view. */
        synchronized Replica stands(long newHighestId, long newPosition, long newView) {
            highestId = newHighestId;
            position = newPosition;
            view = newView;
            return this;
        }

        /** It never answers where the session stands. */
        synchronized Replica keepsSessionsSecret() {
            answersSessions = false;
            return this;
        }

        /** Its edge is full: it refuses every call. */
        synchronized Replica isBusy() {
            busy = true;
            return this;
        }

        /** Its process ends, and another one listens on the same port. */
        void restart() throws IOException {
            int port = server.port();
            server.close();
            synchronized (this) {
                streams.clear();
            }
            server = start(port);
        }

        /** Says something to every client that is connected. */
        synchronized void say(Outcome... outcomes) {
            SubmitResponse.Builder message = greeting();
            for (Outcome outcome : outcomes) {
                message.addOutcomes(outcome);
            }
            sayToAll(message.build());
        }

        @Override
        public StreamObserver<SubmitRequest> submit(StreamObserver<SubmitResponse> responses) {
            synchronized (this) {
                if (busy) {
                    responses.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                } else {
                    streams.add((ServerCallStreamObserver<SubmitResponse>) responses);
                }
            }
            return new StreamObserver<>() {
                @Override
                public void onNext(SubmitRequest message) {
                    message.getRequestsList().forEach(request -> received(request));
                }

                @Override
                public void onError(Throwable failure) {
                    forget(responses);
                }

                @Override
                public void onCompleted() {
                    forget(responses);
                    responses.onCompleted();
                }
            };
        }

        @Override
        public void getSession(GetSessionRequest question, StreamObserver<GetSessionResponse> answers) {
            synchronized (this) {
                if (busy) {
                    answers.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                } else if (answersSessions) {
                    answers.onNext(GetSessionResponse.newBuilder()
                            .setReplica(number)
                            .setView(view)
                            .setHighestId(highestId)
                            .setExecuted(position)
                            .build());
                    answers.onCompleted();
                }
            }
        }

        private void received(ByteString encoded) {
            Request.Operation operation;
            try {
                operation = (Request.Operation) Request.decode(Bytes.wrap(encoded.toByteArray()));
            } catch (WireFormatException e) {
                throw new IllegalArgumentException("the client sent no operation", e);
            }
            synchronized (ScriptedCluster.this) {
                arrived.add(operation);
            }
            SubmitResponse.Builder answer;
            boolean taken;
            synchronized (this) {
                answer = greeting();
                List<RefusalReason> reasons = refuses.apply(operation);
                reasons.forEach(reason -> answer.addRefusals(
                        Refusal.newBuilder().setId(operation.id()).setReason(reason)));
                taken = listens && reasons.isEmpty();
                if (!reasons.isEmpty()) {
                    sayToAll(answer.build());
                }
            }
            if (taken) {
                Outcome truth = execute(operation);
                for (Replica each : replicas) {
                    each.executed(truth);
                }
            }
        }

        private synchronized void executed(Outcome truth) {
            List<Outcome> said = says.apply(truth);
            if (!said.isEmpty()) {
                say(said.toArray(Outcome[]::new));
            }
        }

        private synchronized void sayToAll(SubmitResponse message) {
            streams.removeIf(ServerCallStreamObserver::isCancelled);
            streams.forEach(stream -> stream.onNext(message));
        }

        private synchronized void forget(StreamObserver<SubmitResponse> stream) {
            streams.removeIf(stream::equals);
        }

        private SubmitResponse.Builder greeting() {
            return SubmitResponse.newBuilder().setReplica(number).setView(view);
        }

        private EdgeServer start(int port) throws IOException {
            return EdgeServer.builder(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), identity, EDGE)
                    .service(this)
                    .start();
        }
    }
}
