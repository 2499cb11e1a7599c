package io.sherd.consensus.node;

import io.sherd.archive.restore.OlderCopyException;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.IgnoreReason;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.consensus.core.Replica;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.consensus.transport.Transport;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that calls the core, and performs its effects.
 *
 * <p>It takes all events that wait, up to a bound, steps the core with each, makes everything that these steps persist
 * durable by one forced write, and then performs the other effects in their order. So what follows a {@code Persist} waits
 * until it is durable, and under load many votes share one write. When the write fails, what is on disk is unknown: nothing
 * more is sent, and the process must end.
 */
public final class ReplicaDriver implements Transport.Listener, RequestSink, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaDriver.class);
    private static final long CLOSE_MILLIS = 5000;

    private final Replica replica;
    private final VoteLog votes;
    private final LedgerSide ledger;
    private final DriverOptions options;
    private final Consumer<Throwable> fatal;
    private final EventQueue queue;
    private final Map<IgnoreReason, AtomicLong> ignored = new EnumMap<>(IgnoreReason.class);
    private final AtomicReferenceArray<Message.@Nullable Status> peers;
    private final ThreadPoolExecutor answers;
    private final Thread thread;
    private @Nullable Transport transport;
    private volatile Inspection inspection;
    private volatile boolean closing;

    /**
     * A driver that is not started.
     *
     * @param replica the core, not started
     * @param replicaCount n
     * @param votes where it persists
     * @param ledger executes
     * @param options bounds
     * @param fatal told when the process must end: a {@link StoreException}, a {@link SupersededException}, a {@link KeyReplacedException}, or a bug of ours
     */
    public ReplicaDriver(
            Replica replica,
            int replicaCount,
            VoteLog votes,
            LedgerSide ledger,
            DriverOptions options,
            Consumer<Throwable> fatal) {
        this.replica = replica;
        this.votes = votes;
        this.ledger = ledger;
        this.options = options;
        this.fatal = fatal;
        this.queue = new EventQueue(options.waitingEvents());
        this.peers = new AtomicReferenceArray<>(replicaCount);
        this.inspection = replica.inspect();
        for (IgnoreReason reason : IgnoreReason.values()) {
            ignored.put(reason, new AtomicLong());
        }
        this.answers = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(options.waitingAnswers()),
                Thread.ofPlatform().daemon().name("answers").factory());
        this.thread = Thread.ofPlatform()
                .name("replica")
                .uncaughtExceptionHandler((_, bug) -> fatal.accept(bug))
                .unstarted(this::run);
    }

    /** Starts the core, over a transport that may deliver from now on. */
    public void start(Transport over) {
        transport = over;
        thread.start();
    }

    @Override
    public void received(int sender, Message message) {
        switch (message) {
            case Message.FetchEntries(long from, int limit) -> answer(() -> readAndAnswer(sender, from, limit));
            case Message.Receipt(var receipt) -> ledger.receipt(sender, receipt);
            case Message.Status status -> {
                peers.set(sender, status);
                put(new Event.Arrived(sender, status));
            }
            case Message.Forward(Request.Operation operation) -> {
                if (ledger.isNew(operation)) {
                    put(new Event.Arrived(sender, message));
                } else {
                    counter(IgnoreReason.DUPLICATE).incrementAndGet();
                }
            }
            default -> put(new Event.Arrived(sender, message));
        }
    }

    @Override
    public void connected(int peer) {
        // The core says where it stands now and then; whoever is behind asks.
    }

    @Override
    public boolean submit(Request.Operation operation) {
        return queue.offer(new Event.Submitted(operation));
    }

    /**
     * Takes an admin's change whose signature was verified.
     *
     * @return false if the queue is at its bound, and the change was not taken
     */
    public boolean submit(Request.Change change) {
        return queue.offer(new Event.Submitted(change));
    }

    /** An entry is executed. Called by the execution thread; never waits. */
    public void executed(Event.Executed event) {
        queue.addOwn(event);
    }

    /** A segment is sealed. Called by the sealing thread; never waits. */
    public void sealed(Event.CheckpointReady event) {
        queue.addOwn(event);
    }

    /** What the core looked like after the last group of events. */
    public Inspection inspection() {
        return inspection;
    }

    /** Where the replica stands, for clients. */
    public Standing standing() {
        Inspection now = inspection;
        return new Standing(now.view(), !(now.mode() instanceof Mode.Rejoining), now.members());
    }

    /** What a peer last said of itself; null if nothing. */
    public Message.@Nullable Status statusOf(int peer) {
        return peers.get(peer);
    }

    /** How often something was ignored, by reason; reasons that never occurred are absent. */
    public Map<IgnoreReason, Long> ignoredCounts() {
        Map<IgnoreReason, Long> counts = new EnumMap<>(IgnoreReason.class);
        ignored.forEach((reason, count) -> {
            if (count.get() > 0) {
                counts.put(reason, count.get());
            }
        });
        return counts;
    }

    /** Stops the thread when the group it is at is done. */
    @Override
    public void close() {
        closing = true;
        queue.close();
        answers.shutdownNow();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(Event event) {
        try {
            queue.put(event);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            perform(replica.start());
            long tickNanos = options.tick().toNanos();
            long nextTick = System.nanoTime() + tickNanos;
            while (!closing) {
                List<Effect> effects = new ArrayList<>();
                long untilTick = nextTick - System.nanoTime();
                for (Event event : queue.take(options.groupedEvents(), Math.max(untilTick, 0))) {
                    effects.addAll(replica.step(event));
                }
                long now = System.nanoTime();
                if (now - nextTick >= 0) {
                    effects.addAll(replica.step(new Event.Tick()));
                    // Time in which this process did not run does not count: a thawed replica blames nobody.
                    nextTick = now + tickNanos;
                }
                perform(effects);
                inspection = replica.inspect();
            }
        } catch (StoreException e) {
            fatal.accept(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void perform(List<Effect> effects) throws StoreException {
        persist(effects);
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Persist _ -> {
                    // Durable by now.
                }
                case Effect.Send(int peer, Message message) -> transport().send(peer, message);
                case Effect.Broadcast(Message message) -> transport().broadcast(message);
                case Effect.Execute(var entry, long epoch) -> ledger.execute(entry, epoch);
                case Effect.Stable(var certificate) -> ledger.stable(certificate);
                case Effect.EpochOpened(var closed) -> ledger.epochOpened(closed);
                case Effect.SendClosing(int peer, long epoch) -> sendClosing(peer, epoch);
                case Effect.Superseded(long epoch, var directory) ->
                    fatal.accept(new SupersededException(epoch, directory));
                case Effect.KeyReplaced(long epoch, var key) -> fatal.accept(new KeyReplacedException(epoch, key));
                case Effect.Forgotten(String evidence) -> {
                    ledger.forgotten();
                    fatal.accept(new OlderCopyException(
                            evidence + ": the data directory is an older copy, and has forgotten what it voted for"));
                }
                case Effect.FallenBehind(var certificate) -> ledger.fallenBehind(certificate);
                case Effect.Ignored(int sender, String kind, IgnoreReason reason) -> {
                    counter(reason).incrementAndGet();
                    LOG.debug("{} of replica {} ignored: {}", kind, sender, reason);
                }
                case Effect.Note(String text) -> LOG.info("{}", text);
            }
        }
    }

    private void persist(List<Effect> effects) throws StoreException {
        List<VoteRecord> records = new ArrayList<>();
        boolean spokenOf = false;
        for (Effect effect : effects) {
            if (effect instanceof Effect.Persist(VoteRecord record)) {
                records.add(record);
                spokenOf |= !(record instanceof VoteRecord.Decided);
            }
        }
        if (!records.isEmpty()) {
            votes.append(records, spokenOf);
        }
    }

    private void sendClosing(int peer, long epoch) {
        answer(() -> readClosing(peer, epoch));
    }

    private void answer(Runnable reading) {
        try {
            answers.execute(reading);
        } catch (RejectedExecutionException e) {
            // Too many questions wait, or the process ends: whoever is behind asks again.
            counter(IgnoreReason.QUEUE_FULL).incrementAndGet();
        }
    }

    private void readClosing(int peer, long epoch) {
        try {
            ledger.closing(epoch).ifPresent(closed -> transport().send(peer, new Message.EpochClosed(closed)));
        } catch (StoreException e) {
            // Rot in the archive stops nothing: the peer hears it from another replica.
            LOG.error("the closing of epoch {} cannot be shown to replica {}: {}", epoch, peer, e.getMessage());
        }
    }

    private void readAndAnswer(int peer, long from, int limit) {
        try {
            int most = Math.min(Math.max(limit, 0), options.answerEntries());
            List<DecidedEntry> entries = votes.decided(from, most, options.answerBytes());
            // Whoever has executed it and keeps it no more says so, by nothing.
            if (!entries.isEmpty() || inspection.executed() >= from) {
                transport().send(peer, new Message.Entries(entries));
            }
        } catch (StoreException e) {
            fatal.accept(e);
        }
    }

    private AtomicLong counter(IgnoreReason reason) {
        AtomicLong counter = ignored.get(reason);
        if (counter == null) {
            throw new IllegalStateException("no counter for " + reason);
        }
        return counter;
    }

    private Transport transport() {
        Transport started = transport;
        if (started == null) {
            throw new IllegalStateException("the driver is not started");
        }
        return started;
    }
}
