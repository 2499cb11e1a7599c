package io.sherd.cli.demo;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.demo.Demo.Verdict;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Phases;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Units;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Has every line of the input ordered: one line, one signed request. */
record OrderStep(DemoCluster demo, DemoResults results, OutputOptions output) implements Demo.Step {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int WINDOW = ClientOptions.MAX_WINDOW;

    @Override
    public String name() {
        return "order";
    }

    @Override
    public String title() {
        return "%d transactions, %s, ordered by PBFT".formatted(demo.input().lines(), Units.bytes((double)
                demo.input().sizeBytes()));
    }

    @Override
    public boolean isNeededByAll() {
        return true;
    }

    @Override
    public Verdict run(Phases phases) throws Exception {
        phases.enter("%d transactions are sent".formatted(demo.input().lines()));
        AtomicLong committed = new AtomicLong();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        ClientOptions options = ClientOptions.DEFAULT.withWindow(WINDOW).withDeadline(DEADLINE);
        long start;
        try (SherdClient client = SherdClient.connect(
                        demo.genesis(), KeyFile.read(demo.layout().clientKey()), options);
                LineReader lines = demo.input().open();
                Progress progress = output.progress("order", demo.input().lines(), Progress.Unit.TRANSACTIONS)) {
            start = System.nanoTime();
            for (Optional<DemoTransaction> next = lines.next(); next.isPresent(); next = lines.next()) {
                DemoTransaction line = next.get();
                var _ = client.submit(new KeyValueOperation.Append(line.account(), line.encoded()).encoded())
                        .whenComplete((done, why) -> {
                            if (why == null) {
                                demo.wrote(done);
                                committed.incrementAndGet();
                            } else {
                                failure.compareAndSet(null, why);
                            }
                        });
                progress.update(committed.get());
                if (failure.get() != null) {
                    break;
                }
            }
            client.drain();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double perSecond = committed.get() / seconds;
        results.ordered(committed.get(), perSecond);
        Throwable why = failure.get();
        if (why != null) {
            return Verdict.of(
                    false,
                    "%d of %d committed; then: %s",
                    committed.get(),
                    demo.input().lines(),
                    String.valueOf(why.getMessage()));
        }
        return Verdict.of(
                committed.get() == demo.input().lines(),
                "%d committed, %s tx/s",
                committed.get(),
                Units.count(perSecond));
    }
}
