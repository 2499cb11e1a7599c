package io.sherd.consensus.client;

import com.google.protobuf.ByteString;
import io.sherd.consensus.rpc.GetSessionResponse;
import io.sherd.consensus.rpc.Outcome;
import io.sherd.consensus.rpc.Refusal;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes to a cluster. Operations are signed here, numbered, handed to the replicas, and accepted when f + 1 of them report
 * the same position and result. Each is executed at most once, however often it is sent. Thread-safe.
 *
 * <p>Ids. Replicas keep the results of a client's latest ids and refuse one that is too far above the highest. So a new
 * process asks the replicas for the highest id first, takes the (f + 1)-th highest answer (a correct replica has executed at
 * least that one), and begins {@link #ID_GAP} above it: beyond what an earlier process may have in flight and what lagging
 * replicas may not know yet. Only one process at a time may use a client key.
 */
public final class SherdClient implements AutoCloseable {

    /**
     * How far above the highest known id a new process begins: twice the largest window. In a cluster whose session window is
     * smaller than twice this, it is half of that, since replicas refuse an id too far above the last.
     */
    public static final long ID_GAP = 2L * ClientOptions.MAX_WINDOW;

    private static final int MAX_BYTES_PER_MESSAGE = 1 << 20;
    private static final long LOOP_MILLIS = 20;

    private final SigningDomain domain;
    private final Quorums quorums;
    private final int requestLimitBytes;
    private final Signer signer;
    private final ClientOptions options;
    private final long idGap;
    private final int window;
    private final PrimaryBelief belief;
    private final ReplicaStreams streams;
    private final ByteString clientBytes;
    private final WaitingNotice waiting;
    private final Thread loop;

    // Guarded by this.
    private final TreeMap<Long, InFlight> inFlight = new TreeMap<>();
    /** Ids given and not finished; the lowest one bounds the highest. */
    private final TreeSet<Long> reserved = new TreeSet<>();

    private int ending;

    private final Map<Integer, GetSessionResponse> sessions = new LinkedHashMap<>();
    private final ArrayList<InFlight> unsent = new ArrayList<>();
    private long inFlightBytes;
    private long nextId;
    private long fence;
    private boolean closed;

    private SherdClient(Genesis genesis, Signer signer, ClientOptions options, WaitingNotice waiting) {
        this.waiting = waiting;
        this.domain = genesis.signingDomain();
        this.quorums = genesis.quorums();
        this.requestLimitBytes = genesis.limits().requestBytes();
        this.signer = signer;
        this.options = options;
        int sessionWindow = genesis.limits().sessionWindow();
        this.idGap = Math.clamp(sessionWindow / 2, 1, ID_GAP);
        this.window = Math.min(options.window(), sessionWindow);
        this.belief = new PrimaryBelief(quorums);
        this.clientBytes = ByteString.copyFrom(signer.key().raw().toByteArray());
        this.streams = new ReplicaStreams(
                genesis,
                (replica, member) ->
                        new ReplicaStream(genesis, member, signer.key(), response -> received(replica, response)));
        this.loop = Thread.ofPlatform().daemon().name("sherd-client").unstarted(this::run);
    }

    /** One operation without a result. */
    private static final class InFlight {
        final Request.Operation operation;
        final CompletableFuture<Committed> result = new CompletableFuture<>();
        final OperationTally tally;
        final long startedNanos;
        long resendAtNanos;
        long pauseNanos;

        InFlight(Request.Operation operation, OperationTally tally, long nowNanos, long pauseNanos) {
            this.operation = operation;
            this.tally = tally;
            this.startedNanos = nowNanos;
            this.resendAtNanos = nowNanos + pauseNanos;
            this.pauseNanos = pauseNanos;
        }
    }

    /**
     * Connects, and learns where the client's ids stand.
     *
     * @param genesis the cluster
     * @param signer the client's key, listed in the member table
     * @param options bounds
     * @throws ClientException NO_QUORUM if fewer than n - f replicas answer within the deadline
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public static SherdClient connect(Genesis genesis, Signer signer, ClientOptions options)
            throws ClientException, InterruptedException {
        return connect(genesis, signer, options, _ -> {});
    }

    /**
     * As {@link #connect(Genesis, Signer, ClientOptions)}, and says what it waits for while that takes long.
     *
     * @param genesis the cluster
     * @param signer the client's key, listed in the member table
     * @param options bounds
     * @param notices takes a sentence now and then, here or on the client's own thread
     * @throws ClientException NO_QUORUM if fewer than n - f replicas answer within the deadline
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public static SherdClient connect(Genesis genesis, Signer signer, ClientOptions options, Consumer<String> notices)
            throws ClientException, InterruptedException {
        SherdClient client = new SherdClient(genesis, signer, options, new WaitingNotice(notices));
        try {
            client.learnIds();
        } catch (ClientException | InterruptedException e) {
            client.close();
            throw e;
        }
        client.loop.start();
        return client;
    }

    /** The largest payload that fits a request of this cluster. */
    public int maxPayloadBytes() {
        return requestLimitBytes - Request.Operation.OVERHEAD_BYTES;
    }

    /**
     * Signs an operation and sends it; waits while the window is full.
     *
     * @param payload for the state machine
     * @return completes with what f + 1 replicas agree on, or exceptionally with a {@link ClientException}
     * @throws IllegalArgumentException if the payload is larger than {@link #maxPayloadBytes()}
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public CompletableFuture<Committed> submit(Bytes payload) throws InterruptedException {
        if (payload.size() > maxPayloadBytes()) {
            throw new IllegalArgumentException("a payload of %d bytes, this cluster takes at most %d"
                    .formatted(payload.size(), maxPayloadBytes()));
        }
        long id = takeId(payload.size());
        Request.Operation operation = Request.Operation.sign(domain, signer, id, payload);
        synchronized (this) {
            InFlight added = new InFlight(
                    operation,
                    new OperationTally(quorums),
                    System.nanoTime(),
                    options.resendAfter().toNanos());
            if (closed) {
                release(id, payload.size());
                added.result.completeExceptionally(
                        new ClientException(ClientException.Kind.CLOSED, "the client is closed"));
                return added.result;
            }
            inFlight.put(id, added);
            unsent.add(added);
            notifyAll();
            return added.result;
        }
    }

    /**
     * As {@link #submit}, for an operation that changes nothing: when its result was lost on the way and is not kept any more,
     * it is asked again, as another operation, and completes with that one's id, position and result.
     *
     * @param payload for the state machine
     * @return completes as {@link #submit} says; with RESULT_DROPPED only if that was all the deadline brought
     * @throws IllegalArgumentException if the payload is larger than {@link #maxPayloadBytes()}
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public CompletableFuture<Committed> submitRead(Bytes payload) throws InterruptedException {
        CompletableFuture<Committed> answer = new CompletableFuture<>();
        ask(payload, answer, System.nanoTime() + options.deadline().toNanos());
        return answer;
    }

    private void ask(Bytes payload, CompletableFuture<Committed> answer, long lastNanos) throws InterruptedException {
        var _ = submit(payload).whenComplete((done, failure) -> {
            if (done != null) {
                answer.complete(done);
            } else if (failure instanceof ClientException lost
                    && lost.kind() == ClientException.Kind.RESULT_DROPPED
                    && System.nanoTime() - lastNanos < 0) {
                askAgain(payload, answer, lastNanos);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }

    /** On a thread of its own: there may be no room in the window before what follows on other results has run, here. */
    private void askAgain(Bytes payload, CompletableFuture<Committed> answer, long lastNanos) {
        synchronized (this) {
            ending++;
        }
        var _ = Thread.startVirtualThread(() -> end(() -> {
            try {
                ask(payload, answer, lastNanos);
            } catch (InterruptedException e) {
                answer.completeExceptionally(e);
                Thread.currentThread().interrupt();
            }
        }));
    }

    /**
     * Waits until no operation is in flight and what was to follow on each result has run, or the thread is interrupted. Not to
     * be called from what follows on a result: it would wait for itself.
     */
    public synchronized void drain() throws InterruptedException {
        while (!reserved.isEmpty() || ending > 0) {
            wait();
        }
    }

    /** Ends the streams; operations without a result fail. */
    @Override
    public void close() {
        List<InFlight> abandoned;
        synchronized (this) {
            closed = true;
            abandoned = new ArrayList<>(inFlight.values());
            inFlight.clear();
            unsent.clear();
            reserved.clear();
            notifyAll();
        }
        streams.close();
        abandoned.forEach(operation -> operation.result.completeExceptionally(
                new ClientException(ClientException.Kind.CLOSED, "the client was closed")));
    }

    private synchronized long takeId(int payloadBytes) throws InterruptedException {
        while (!closed && !reserved.isEmpty() && (isAheadOfWindow() || isOverBytes(payloadBytes))) {
            wait();
        }
        long id = nextId++;
        reserved.add(id);
        inFlightBytes += payloadBytes;
        return id;
    }

    private boolean isAheadOfWindow() {
        return nextId - reserved.first() >= window;
    }

    private boolean isOverBytes(int payloadBytes) {
        return inFlightBytes + payloadBytes > options.windowBytes();
    }

    private synchronized void release(long id, int payloadBytes) {
        if (reserved.remove(id)) {
            inFlightBytes -= payloadBytes;
            notifyAll();
        }
    }

    private void learnIds() throws ClientException, InterruptedException {
        long started = System.nanoTime();
        long deadline = started + options.deadline().toNanos();
        while (true) {
            askForSessions();
            int answered;
            synchronized (this) {
                long waitUntil = System.nanoTime() + options.resendAfter().toNanos();
                while (!quorums.isQuorum(sessions.size()) && System.nanoTime() - waitUntil < 0) {
                    wait(LOOP_MILLIS);
                }
                if (quorums.isQuorum(sessions.size())) {
                    nextId = reachedByCorrect(GetSessionResponse::getHighestId) + idGap;
                    fence = reachedByCorrect(GetSessionResponse::getExecuted);
                    return;
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new ClientException(
                            ClientException.Kind.NO_QUORUM,
                            "%d of %d replicas answered in %d s, %d are needed%s"
                                    .formatted(
                                            sessions.size(),
                                            quorums.replicaCount(),
                                            options.deadline().toSeconds(),
                                            quorums.quorum(),
                                            saysBusy()));
                }
                answered = sessions.size();
            }
            streams.look();
            waiting.since(
                    started,
                    seconds -> "waiting for %d s: %d of %d replicas answer, %d are needed%s"
                            .formatted(seconds, answered, quorums.replicaCount(), quorums.quorum(), saysBusy()));
        }
    }

    private void askForSessions() {
        List<ReplicaStream> all = streams.all();
        for (int replica = 0; replica < all.size(); replica++) {
            int sender = replica;
            all.get(replica).session(options.resendAfter().toMillis(), answer -> learnt(sender, answer));
        }
    }

    private synchronized void learnt(int replica, GetSessionResponse answer) {
        belief.heard(replica, answer.getEpoch(), answer.getView());
        streams.heard(answer.getEpoch());
        sessions.put(replica, answer);
        notifyAll();
    }

    /** The (f + 1)-th highest of what replicas say: a correct one has reached it. */
    private long reachedByCorrect(java.util.function.ToLongFunction<GetSessionResponse> what) {
        return sessions.values().stream()
                .map(what::applyAsLong)
                .sorted(Comparator.reverseOrder())
                .skip(quorums.oneCorrect() - 1)
                .findFirst()
                .orElse(0L);
    }

    private void run() {
        while (true) {
            List<Bytes> fresh = new ArrayList<>();
            List<Bytes> late = new ArrayList<>();
            List<InFlight> expired = new ArrayList<>();
            int unanswered;
            Optional<Long> oldest;
            synchronized (this) {
                try {
                    if (unsent.isEmpty() && !closed) {
                        wait(LOOP_MILLIS);
                    }
                } catch (InterruptedException e) {
                    return;
                }
                if (closed) {
                    return;
                }
                unsent.forEach(operation -> fresh.add(operation.operation.encoded()));
                unsent.clear();
                collectLate(late, expired);
                unanswered = inFlight.size();
                oldest = inFlight.values().stream().findFirst().map(operation -> operation.startedNanos);
            }
            oldest.ifPresent(started -> waiting.since(
                    started,
                    seconds -> "waiting for %d s: no %d replicas agree on a result; operations in flight: %d%s"
                            .formatted(seconds, quorums.oneCorrect(), unanswered, saysBusy())));
            List<ReplicaStream> all = streams.all();
            all.forEach(ReplicaStream::keepOpen);
            sendInParts(all.get(belief.primary()), fresh);
            if (!fresh.isEmpty()) {
                all.forEach(stream -> stream.introduceBy(fresh.getFirst()));
            }
            if (!late.isEmpty()) {
                streams.look();
                all.forEach(stream -> sendInParts(stream, late));
            }
            expired.forEach(this::expire);
        }
    }

    private void collectLate(List<Bytes> late, List<InFlight> expired) {
        long now = System.nanoTime();
        for (InFlight operation : inFlight.values()) {
            if (now - operation.startedNanos >= options.deadline().toNanos()) {
                expired.add(operation);
            } else if (now - operation.resendAtNanos >= 0) {
                operation.pauseNanos *= 2;
                operation.resendAtNanos = now + operation.pauseNanos;
                late.add(operation.operation.encoded());
            }
        }
    }

    private static void sendInParts(ReplicaStream stream, List<Bytes> requests) {
        List<Bytes> part = new ArrayList<>();
        int bytes = 0;
        for (Bytes request : requests) {
            if (!part.isEmpty() && bytes + request.size() > MAX_BYTES_PER_MESSAGE) {
                stream.send(part);
                part.clear();
                bytes = 0;
            }
            part.add(request);
            bytes += request.size();
        }
        if (!part.isEmpty()) {
            stream.send(part);
        }
    }

    private void received(int replica, SubmitResponse response) {
        belief.heard(replica, response.getEpoch(), response.getView());
        streams.heard(response.getEpoch());
        for (Outcome outcome : response.getOutcomesList()) {
            Optional<Outcome> agreed;
            InFlight operation;
            synchronized (this) {
                operation = inFlight.get(outcome.getId());
                if (operation == null || !outcome.getClient().equals(clientBytes)) {
                    continue;
                }
                agreed = operation.tally.count(replica, outcome);
                agreed.ifPresent(_ -> remove(operation));
            }
            agreed.ifPresent(result -> end(() -> complete(operation, result)));
        }
        for (Refusal refusal : response.getRefusalsList()) {
            refused(replica, refusal);
        }
    }

    private void refused(int replica, Refusal refusal) {
        Optional<RefusalReason> agreed = Optional.empty();
        InFlight operation;
        synchronized (this) {
            operation = inFlight.get(refusal.getId());
            if (operation == null) {
                return;
            }
            switch (refusal.getReason()) {
                case REFUSAL_REASON_MALFORMED,
                        REFUSAL_REASON_TOO_LARGE,
                        REFUSAL_REASON_UNLISTED_CLIENT,
                        REFUSAL_REASON_BAD_SIGNATURE -> {
                    agreed = operation.tally.count(replica, refusal.getReason());
                    // One replica's word is not enough: ask the others now.
                    operation.resendAtNanos = Math.min(operation.resendAtNanos, System.nanoTime());
                }
                case REFUSAL_REASON_BUSY, REFUSAL_REASON_NOT_ACTIVE, REFUSAL_REASON_UNSPECIFIED, UNRECOGNIZED -> {
                    // Sent again when its pause is over.
                }
            }
            agreed.ifPresent(_ -> remove(operation));
        }
        agreed.ifPresent(reason -> end(() -> fail(
                operation,
                ClientException.Kind.REFUSED,
                "%d replicas refuse it: %s".formatted(quorums.oneCorrect(), reason))));
    }

    private void complete(InFlight operation, Outcome outcome) {
        long id = outcome.getId();
        switch (outcome.getStatus()) {
            case OUTCOME_STATUS_EXECUTED -> {
                if (outcome.getSequence() <= fence) {
                    fail(
                            operation,
                            ClientException.Kind.ID_TAKEN,
                            "id %d was executed at %d, before this process began".formatted(id, outcome.getSequence()));
                } else {
                    Bytes result = Bytes.wrap(outcome.getResult().toByteArray());
                    operation.result.complete(new Committed(id, outcome.getSequence(), result));
                }
            }
            case OUTCOME_STATUS_RESULT_DROPPED ->
                fail(
                        operation,
                        ClientException.Kind.RESULT_DROPPED,
                        "the result of id " + id + " is not kept any more");
            case OUTCOME_STATUS_STALE, OUTCOME_STATUS_TOO_FAR_AHEAD, OUTCOME_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                fail(
                        operation,
                        ClientException.Kind.ID_TAKEN,
                        "id %d is outside the session's window (%s): does another process use this key?"
                                .formatted(id, outcome.getStatus()));
        }
    }

    private static void fail(InFlight operation, ClientException.Kind kind, String message) {
        operation.result.completeExceptionally(new ClientException(kind, message));
    }

    private void expire(InFlight operation) {
        synchronized (this) {
            if (!inFlight.containsKey(operation.operation.id())) {
                return;
            }
            remove(operation);
        }
        end(() -> fail(
                operation,
                ClientException.Kind.NO_QUORUM,
                "no %d replicas agreed on a result within %d s%s; whether it is executed is unknown"
                        .formatted(quorums.oneCorrect(), options.deadline().toSeconds(), saysBusy())));
    }

    /** Who is not away, but too busy for this client; empty words if nobody is. */
    private String saysBusy() {
        List<ReplicaStream> all = streams.all();
        String busy = IntStream.range(0, all.size())
                .filter(replica -> all.get(replica).isBusy())
                .mapToObj(replica -> "r" + replica)
                .collect(Collectors.joining(", "));
        return busy.isEmpty() ? "" : "; too busy: " + busy;
    }

    /** Gives an operation that was removed its result; what follows on that runs now, on this thread. */
    private void end(Runnable giving) {
        try {
            giving.run();
        } finally {
            synchronized (this) {
                ending--;
                notifyAll();
            }
        }
    }

    /** Takes an operation out of those in flight; {@link #end} must follow. */
    private void remove(InFlight operation) {
        ending++;
        inFlight.remove(operation.operation.id());
        release(operation.operation.id(), operation.operation.payload().size());
    }
}
