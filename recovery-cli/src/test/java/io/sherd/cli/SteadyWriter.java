package io.sherd.cli;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A client that puts one key after another until it is stopped, and remembers what it was promised. */
final class SteadyWriter implements AutoCloseable {
    private static final int WINDOW = 32;

    private final SherdClient client;
    private final Thread thread;
    private final Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;
    private long lastNanos;
    private long longestPauseNanos;

    private SteadyWriter(SherdClient client) {
        this.client = client;
        this.thread = Thread.ofPlatform().daemon().name("steady-writer").unstarted(this::write);
    }

    /** Writes to a cluster from now on. An operation that has no result after a time has failed. */
    static SteadyWriter start(ClusterLayout layout, Duration deadline) throws Exception {
        SteadyWriter writer = new SteadyWriter(SherdClient.connect(
                layout.genesis(),
                KeyFile.read(layout.clientKey()),
                ClientOptions.DEFAULT.withWindow(WINDOW).withDeadline(deadline)));
        writer.thread.start();
        return writer;
    }

    /** How many writes were acknowledged. */
    int count() {
        return acknowledged.size();
    }

    /** What went wrong. */
    List<Throwable> failures() {
        return failures;
    }

    /** The longest time between two acknowledged writes. */
    synchronized Duration longestPause() {
        return Duration.ofNanos(longestPauseNanos);
    }

    /** Writes nothing more and waits for what is in flight. */
    void finish() throws InterruptedException {
        stopped = true;
        thread.join();
        client.drain();
    }

    /** Lets go of a cluster that does not answer any more. {@return the numbers of the acknowledged writes} */
    Set<Integer> abandon() {
        stopped = true;
        client.close();
        return Set.copyOf(acknowledged);
    }

    /** Reads what was put with each number, and says which values are others. */
    static List<Integer> missing(ClusterLayout layout, Set<Integer> numbers) throws Exception {
        List<Integer> missing = new CopyOnWriteArrayList<>();
        try (SherdClient reader =
                SherdClient.connect(layout.genesis(), KeyFile.read(layout.clientKey()), ClientOptions.DEFAULT)) {
            for (int number : numbers) {
                var _ = reader.submit(new KeyValueOperation.Get(key(number)).encoded())
                        .whenComplete((read, failure) -> {
                            if (failure != null || !holds(read, number)) {
                                missing.add(number);
                            }
                        });
            }
            reader.drain();
        }
        return missing;
    }

    @Override
    public void close() {
        abandon();
    }

    private void write() {
        try {
            for (int number = 0; !stopped; number++) {
                int written = number;
                var _ = client.submit(new KeyValueOperation.Put(key(number), value(number)).encoded())
                        .whenComplete((_, failure) -> ended(written, failure));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void ended(int number, @Nullable Throwable failure) {
        if (failure != null) {
            if (!stopped) {
                failures.add(failure);
            }
            return;
        }
        long now = System.nanoTime();
        if (lastNanos != 0) {
            longestPauseNanos = Math.max(longestPauseNanos, now - lastNanos);
        }
        lastNanos = now;
        acknowledged.add(number);
    }

    private static boolean holds(Committed read, int number) {
        try {
            return KeyValueResult.decode(read.result()).equals(new KeyValueResult.Found(value(number)));
        } catch (io.sherd.replication.wire.WireFormatException e) {
            return false;
        }
    }

    private static Bytes key(int number) {
        return utf8("key-" + number);
    }

    private static Bytes value(int number) {
        return utf8("value of " + number);
    }

    private static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
