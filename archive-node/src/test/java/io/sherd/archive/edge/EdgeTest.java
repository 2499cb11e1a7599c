package io.sherd.archive.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.learner.SourceException.Kind;
import io.sherd.archive.rpc.GetHeadRequest;
import io.sherd.archive.rpc.GetHeadResponse;
import io.sherd.archive.rpc.GetPieceRequest;
import io.sherd.archive.rpc.GetPieceResponse;
import io.sherd.archive.rpc.LedgerGrpc;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.merkle.Digest;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Questions and answers over real sockets, TLS included. */
final class EdgeTest {

    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed())
            .addSegments(2, 20_000)
            .rejoin(3)
            .addSegments(2, 20_000);

    private final Edges edges = new Edges(LEDGER);
    private final List<LedgerClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(LedgerClient::close);
        edges.close();
    }

    @Test
    void everythingThatAReplicaHoldsIsAnswered() throws Exception {
        LedgerClient client = clientOf(filled(1), Edges.NO_STATE);

        assertThat(new BlockingSource(client).head()).isEqualTo(LEDGER.head());
        assertThat(new BlockingSource(client).certificates(0, 10)).containsExactly(LEDGER.head());
        assertThat(new BlockingSource(client).epochs(0)).isEqualTo(LEDGER.closedEpochs());
        assertThat(new BlockingSource(client).epochs(1)).isEmpty();
        assertThat(new BlockingSource(client).commitments(1, 2))
                .containsExactly(LEDGER.commitment(1), LEDGER.commitment(2));
        assertThat(new BlockingSource(client).commitments(99, 2)).isEmpty();
        assertThat(new BlockingSource(client).piece(0, 1))
                .isEqualTo(LEDGER.dispersed().get(0).pieces().get(1));
    }

    @Test
    void aPieceIsComputedWhereTheFullBytesAreStillThere() throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        store.putSealed(
                LEDGER.commitment(0),
                Optional.of(LEDGER.dispersed().get(0).pieces().get(1)),
                Optional.of(LEDGER.dispersed().get(0).compressed()));
        LedgerClient client = clientOf(store, Edges.NO_STATE);

        for (int index = 0; index < 4; index++) {
            int asked = index;
            assertThat(new BlockingSource(client).piece(0, asked))
                    .isEqualTo(LEDGER.dispersed().get(0).pieces().get(index));
        }
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        LedgerClient client = clientOf(filled(1), Edges.NO_STATE);
        LedgerClient empty = clientOf(new MemoryPieceStore(), Edges.NO_STATE);

        assertThat(kind(() -> new BlockingSource(client).piece(0, 2))).isEqualTo(Kind.NOT_FOUND);
        assertThat(kind(() -> new BlockingSource(client).piece(99, 1))).isEqualTo(Kind.NOT_FOUND);
        assertThat(kind(() -> new BlockingSource(client).state(1, Digest.ZERO, Bytes.EMPTY)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(kind(new BlockingSource(empty)::head)).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void questionsThatNobodyCanAnswerAreRefused() throws Exception {
        LedgerClient client = clientOf(filled(1), Edges.NO_STATE);

        assertThat(kind(() -> new BlockingSource(client).piece(0, 4))).isEqualTo(Kind.REFUSED);
        assertThat(kind(() -> new BlockingSource(client).piece(-1, 0))).isEqualTo(Kind.REFUSED);
        assertThat(kind(() -> new BlockingSource(client).epochs(-1))).isEqualTo(Kind.REFUSED);
        assertThat(kind(() -> new BlockingSource(client).commitments(0, 0))).isEqualTo(Kind.REFUSED);
        assertThat(kind(() -> new BlockingSource(client).state(1, Digest.ZERO, Bytes.wrap(new byte[] {16}))))
                .isEqualTo(Kind.REFUSED);
        assertThat(kind(() -> new BlockingSource(client).state(1, Digest.ZERO, Bytes.wrap(new byte[65]))))
                .isEqualTo(Kind.REFUSED);
    }

    @Test
    void bothKindsOfStateChunksArriveAsTheyWere() throws Exception {
        StateChunk inner = new StateChunk.Inner(
                new TreeMap<>(Map.of(0, Digest.ZERO, 15, LEDGER.genesis().clusterId())));
        StateChunk leaves = new StateChunk.Leaves(List.of(
                new StateLeaf(StateLeaf.APPLICATION, Bytes.wrap(new byte[] {1}), Bytes.EMPTY),
                new StateLeaf(StateLeaf.SESSION, Bytes.EMPTY, Bytes.wrap(new byte[] {2, 3}))));
        StateReader states = (_, _, prefix, _) -> Optional.of(prefix.isEmpty() ? inner : leaves);
        LedgerClient client = clientOf(filled(1), states);

        assertThat(new BlockingSource(client).state(1, Digest.ZERO, Bytes.EMPTY))
                .isEqualTo(inner);
        assertThat(new BlockingSource(client).state(1, Digest.ZERO, Bytes.wrap(new byte[] {5})))
                .isEqualTo(leaves);
    }

    @Test
    void receivedBytesAreThoseOfThePiecesAndLittleMore() throws Exception {
        EdgeServer server = edges.start(1, filled(1), Edges.NO_STATE);
        LedgerClient client = client();
        long pieces = 0;
        for (int segment = 0; segment < LEDGER.segments().size(); segment++) {
            int asked = segment;
            pieces += new BlockingSource(client).piece(asked, 1).encoded().size();
        }

        long least = pieces;
        long limit = pieces + 64L * LEDGER.segments().size();
        assertThat(client.bytesReceived()).isBetween(least, limit);
        await().untilAsserted(() -> assertThat(server.bytesSent()).isBetween(least, limit));
    }

    @Test
    void aServerWithAnotherPinIsUnreachable() throws Exception {
        EdgeServer server = edges.start(1, filled(1), Edges.NO_STATE);
        LedgerClient client = new LedgerClient(
                LEDGER.genesis(), 1, server.address(), LEDGER.identity(2).pin(), Duration.ofSeconds(10));
        clients.add(client);

        SourceException refused = failure(new BlockingSource(client)::head);

        assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(refused).hasStackTraceContaining(LEDGER.identity(1).pin().shortHex());
        assertThat(client.bytesReceived()).isZero();
    }

    @Test
    void whereNobodyListensIsUnreachable() {
        LedgerClient client = new LedgerClient(
                LEDGER.genesis(),
                1,
                InetSocketAddress.createUnresolved("127.0.0.1", 1),
                LEDGER.identity(1).pin(),
                Duration.ofSeconds(10));
        clients.add(client);

        assertThat(failure(new BlockingSource(client)::head))
                .hasMessage("replica 1: UNAVAILABLE, Connection refused")
                .extracting(SourceException::kind)
                .isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void garbageIsMalformed() throws Exception {
        edges.start(1, new Garbage(ByteString.copyFrom(new byte[] {9, 9, 9})), EdgeLimits.of(LEDGER.genesis()));

        assertThat(kind(() -> new BlockingSource(client()).piece(0, 1))).isEqualTo(Kind.MALFORMED);
    }

    @Test
    void anAnswerLargerThanAnyIsMalformedAndNotRead() throws Exception {
        int most = EdgeLimits.answerBytes(LEDGER.genesis());
        edges.start(1, new Garbage(ByteString.copyFrom(new byte[most + 1])), EdgeLimits.of(LEDGER.genesis()));

        assertThat(kind(() -> new BlockingSource(client()).piece(0, 1))).isEqualTo(Kind.MALFORMED);
    }

    @Test
    void moreCallsThanAdmittedAreRefusedAsBusyAndLaterOnesServed() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        EdgeLimits limits = limits(8, 2, 4, Duration.ofSeconds(5));
        edges.start(1, new Slow(release), limits);
        LedgerClient client = client();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            client.piece(0, 1, counting(served, refused));
        }

        await().untilAsserted(() -> assertThat(refused).hasValue(8));
        release.countDown();
        await().untilAsserted(() -> assertThat(served).hasValue(2));
        await().ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(new BlockingSource(client).piece(0, 1)).isNotNull());
    }

    @Test
    void bytesThatAreNoMessageAreRefusedAndHoldNoPlaceAmongTheCalls() throws Exception {
        EdgeLimits limits = limits(8, 2, 2, Duration.ofSeconds(5));
        EdgeServer server = edges.start(1, new LedgerService(LEDGER.genesis(), filled(1), Edges.NO_STATE), limits);
        MethodDescriptor<byte[], GetPieceResponse> raw = LedgerGrpc.getGetPieceMethod().toBuilder(
                        new RawBytes(), LedgerGrpc.getGetPieceMethod().getResponseMarshaller())
                .build();
        ManagedChannel channel =
                EdgeChannels.to(server.address(), LEDGER.identity(1).pin()).build();
        try {
            for (int i = 0; i < 20; i++) {
                StatusRuntimeException refused = catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> ClientCalls.blockingUnaryCall(
                                channel, raw, CallOptions.DEFAULT, new byte[] {(byte) 0xff, (byte) 0xff}));
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
        } finally {
            channel.shutdownNow();
        }
        assertThat(new BlockingSource(client()).head()).isEqualTo(LEDGER.head());
    }

    private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            throw new UnsupportedOperationException("it is sent only");
        }
    }

    @Test
    void aConnectionAboveTheLimitIsServedInPlaceOfOneThatSaysNothing() throws Exception {
        EdgeServer server = edges.start(
                1,
                new LedgerService(LEDGER.genesis(), filled(1), Edges.NO_STATE),
                limits(3, 16, 2, Duration.ofMinutes(1)));
        LedgerClient regular = client();
        assertThat(new BlockingSource(regular).head()).isEqualTo(LEDGER.head());
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                crowd.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
            }
            for (Socket displaced : crowd.subList(0, 3)) {
                displaced.setSoTimeout(20_000);
                assertThat(readsEnd(displaced)).isTrue();
            }
            assertThat(new BlockingSource(client()).head()).isEqualTo(LEDGER.head());
            assertThat(new BlockingSource(regular).head()).isEqualTo(LEDGER.head());
        } finally {
            for (Socket socket : crowd) {
                socket.close();
            }
        }
    }

    @Test
    void aStreamAboveTheLimitIsServedInPlaceOfTheOldestThatIsOfUseToNobody() throws Exception {
        EdgeServer server = edges.start(
                1,
                new LedgerService(LEDGER.genesis(), filled(1), Edges.NO_STATE),
                limits(8, 16, 2, Duration.ofSeconds(5)));
        ManagedChannel channel =
                EdgeChannels.to(server.address(), LEDGER.identity(1).pin()).build();
        try {
            List<Watch> watches = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Watch watch = new Watch();
                watches.add(watch);
                HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watch);
                await().untilAsserted(() -> assertThat(watch.answers).hasValue(1));
            }

            await().untilAsserted(() -> assertThat(watches.get(0).end).hasValue(Status.Code.RESOURCE_EXHAUSTED));
            server.setServing(false);
            await().untilAsserted(() -> assertThat(watches.get(1).answers).hasValue(2));
            await().untilAsserted(() -> assertThat(watches.get(2).answers).hasValue(2));
            assertThat(watches.get(0).answers).hasValue(1);
            assertThat(new BlockingSource(client()).head()).isEqualTo(LEDGER.head());
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void questionsThatAreNeverFinishedGiveWayToWholeOnes() throws Exception {
        EdgeServer server = edges.start(
                1,
                new LedgerService(LEDGER.genesis(), filled(1), Edges.NO_STATE),
                limits(8, 2, 2, Duration.ofSeconds(5)));
        ManagedChannel channel =
                EdgeChannels.to(server.address(), LEDGER.identity(1).pin()).build();
        // As a question its headers would wait for the question's end.
        MethodDescriptor<GetHeadRequest, GetHeadResponse> unfinished = LedgerGrpc.getGetHeadMethod().toBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .build();
        try {
            List<AtomicReference<Status.Code>> ends = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                AtomicReference<Status.Code> end = new AtomicReference<>();
                ends.add(end);
                channel.newCall(unfinished, CallOptions.DEFAULT)
                        .start(
                                new ClientCall.Listener<>() {
                                    @Override
                                    public void onClose(Status status, Metadata trailers) {
                                        end.set(status.getCode());
                                    }
                                },
                                new Metadata());
            }
            LedgerClient client = client();

            await().ignoreExceptions()
                    .untilAsserted(
                            () -> assertThat(new BlockingSource(client).head()).isEqualTo(LEDGER.head()));
            await().untilAsserted(() ->
                    assertThat(ends).extracting(AtomicReference::get).contains(Status.Code.RESOURCE_EXHAUSTED));
            assertThat(new BlockingSource(client).head()).isEqualTo(LEDGER.head());
        } finally {
            channel.shutdownNow();
        }
    }

    /** Counts what a watched service's health is said to be. */
    private static final class Watch implements StreamObserver<HealthCheckResponse> {
        private final AtomicInteger answers = new AtomicInteger();
        private final AtomicReference<Status.Code> end = new AtomicReference<>();

        @Override
        public void onNext(HealthCheckResponse response) {
            answers.incrementAndGet();
        }

        @Override
        public void onError(Throwable failure) {
            end.set(Status.fromThrowable(failure).getCode());
        }

        @Override
        public void onCompleted() {
            end.set(Status.Code.OK);
        }
    }

    @Test
    void aConnectionThatNeverShakesHandsIsClosed() throws Exception {
        EdgeLimits limits = limits(8, 16, 2, Duration.ofMillis(300));
        EdgeServer server = edges.start(1, new LedgerService(LEDGER.genesis(), filled(1), Edges.NO_STATE), limits);

        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            silent.setSoTimeout(5000);
            assertThat(readsEnd(silent)).isTrue();
        }
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            plain.setSoTimeout(5000);
            plain.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertThat(readsEnd(plain)).isTrue();
        }
    }

    @Test
    void aReplicaThatComesBackIsReachedAgain() throws Exception {
        PieceStore store = filled(1);
        EdgeServer first = edges.start(1, store, Edges.NO_STATE);
        LedgerClient client = client();
        assertThat(new BlockingSource(client).head()).isEqualTo(LEDGER.head());
        InetSocketAddress address = first.address();
        edges.stop(1);
        assertThat(kind(new BlockingSource(client)::head)).isEqualTo(Kind.UNREACHABLE);

        try (EdgeServer _ = EdgeServer.builder(address, LEDGER.identity(1), EdgeLimits.of(LEDGER.genesis()))
                .service(new LedgerService(LEDGER.genesis(), store, Edges.NO_STATE))
                .start()) {
            await().ignoreExceptions()
                    .untilAsserted(
                            () -> assertThat(new BlockingSource(client).head()).isEqualTo(LEDGER.head()));
        }
    }

    @Test
    void healthAndReflectionAreServedBesideTheLedger() throws Exception {
        EdgeServer server = edges.start(1, filled(1), Edges.NO_STATE);
        ManagedChannel channel = NettyChannelBuilder.forAddress(server.address())
                .sslContext(TlsContexts.edgeClient(LEDGER.identity(1).pin()))
                .build();
        try {
            HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
            HealthCheckRequest whole = HealthCheckRequest.getDefaultInstance();
            assertThat(health.check(whole).getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            server.setServing(false);
            assertThat(health.check(whole).getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.NOT_SERVING);

            BlockingQueue<ServerReflectionResponse> answers = new ArrayBlockingQueue<>(1);
            StreamObserver<ServerReflectionRequest> asking = ServerReflectionGrpc.newStub(channel)
                    .serverReflectionInfo(new StreamObserver<>() {
                        @Override
                        public void onNext(ServerReflectionResponse response) {
                            answers.add(response);
                        }

                        @Override
                        public void onError(Throwable failure) {
                            // The channel is closed under this call when the test ends.
                        }

                        @Override
                        public void onCompleted() {}
                    });
            asking.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("").build());
            assertThat(answers.take().getListServicesResponse().getServiceList())
                    .extracting(ServiceResponse::getName)
                    .contains("sherd.v1.Ledger", "grpc.health.v1.Health");
            asking.onCompleted();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void headersBeyondTheLimitAreRefused() throws Exception {
        EdgeServer server = edges.start(1, filled(1), Edges.NO_STATE);
        ManagedChannel channel = NettyChannelBuilder.forAddress(server.address())
                .sslContext(TlsContexts.edgeClient(LEDGER.identity(1).pin()))
                .build();
        try {
            Metadata headers = new Metadata();
            headers.put(
                    Metadata.Key.of("much", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(EdgeLimits.HEADER_BYTES + 1));
            LedgerGrpc.LedgerBlockingStub stub = LedgerGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

            assertThat(catchThrowableOfType(
                            StatusRuntimeException.class, () -> stub.getHead(GetHeadRequest.getDefaultInstance())))
                    .isNotNull();
            assertThat(new BlockingSource(client()).head()).isEqualTo(LEDGER.head());
        } finally {
            channel.shutdownNow();
        }
    }

    private static EdgeLimits limits(int connections, int calls, int workers, Duration handshakeTimeout) {
        return new EdgeLimits(
                connections,
                64,
                calls,
                2,
                1,
                Duration.ofSeconds(1),
                workers,
                4096,
                handshakeTimeout,
                Duration.ofMinutes(1),
                Duration.ofSeconds(10));
    }

    private static boolean readsEnd(Socket socket) throws java.io.IOException {
        try {
            while (socket.getInputStream().read() >= 0) {
                // An alert of TLS may come first.
            }
            return true;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    private static PieceStore filled(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        LEDGER.fill(store, replica);
        return store;
    }

    private LedgerClient clientOf(PieceStore pieces, StateReader states) throws Exception {
        edges.start(1, pieces, states);
        return client();
    }

    private LedgerClient client() {
        LedgerClient client = edges.client(1);
        clients.add(client);
        return client;
    }

    private static <T> LedgerSource.Receiver<T> counting(AtomicInteger served, AtomicInteger refused) {
        return new LedgerSource.Receiver<>() {
            @Override
            public void received(T answer) {
                served.incrementAndGet();
            }

            @Override
            public void failed(SourceException why) {
                if (why.kind() == Kind.REFUSED) {
                    refused.incrementAndGet();
                }
            }
        };
    }

    private static Kind kind(ThrowingCallable question) {
        return failure(question).kind();
    }

    private static SourceException failure(ThrowingCallable question) {
        return catchThrowableOfType(SourceException.class, question);
    }

    /** Answers every piece with the same bytes. */
    private static final class Garbage extends LedgerGrpc.LedgerImplBase {
        private final ByteString bytes;

        Garbage(ByteString bytes) {
            this.bytes = bytes;
        }

        @Override
        public void getPiece(GetPieceRequest request, StreamObserver<GetPieceResponse> observer) {
            observer.onNext(GetPieceResponse.newBuilder().setPiece(bytes).build());
            observer.onCompleted();
        }
    }

    /** Answers pieces once it is allowed to. */
    private static final class Slow extends LedgerGrpc.LedgerImplBase {
        private final CountDownLatch release;

        Slow(CountDownLatch release) {
            this.release = release;
        }

        @Override
        public void getPiece(GetPieceRequest request, StreamObserver<GetPieceResponse> observer) {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Piece piece = LEDGER.dispersed().get(0).pieces().get(1);
            observer.onNext(GetPieceResponse.newBuilder()
                    .setPiece(RpcCodec.bytes(piece.encoded()))
                    .build());
            observer.onCompleted();
        }
    }
}
