package io.sherd.cli;

import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.node.KeyReplacedException;
import io.sherd.consensus.node.SupersededException;
import io.sherd.replication.machine.MachineFaultException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Ends the process of a replica at once: when its disk refuses, another copy of it has joined,
 * or a bug shows. No queue is worked off and nothing is closed in
 * order, because after a failed write nothing more may be signed or sent, and what a clean end would write may fail like the
 * rest. All that was spoken is durable, so the next start goes on from there.
 *
 * <p>The reason is printed by a thread of its own, which gets {@link #PATIENCE}: standard error may be a file on the same dead
 * disk. Thread-safe; only the first reason counts.
 */
final class EmergencyStop implements Consumer<Throwable> {
    /** How long printing the reason may take. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Consumer<CommandFailure> report;
    private final IntConsumer halt;
    private final AtomicBoolean stopping = new AtomicBoolean();

    /**
     * A stop that was not asked for yet.
     *
     * @param report prints why
     * @param halt ends the process with an exit code, without any further work
     */
    EmergencyStop(Consumer<CommandFailure> report, IntConsumer halt) {
        this.report = report;
        this.halt = halt;
    }

    @Override
    public void accept(Throwable why) {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        CommandFailure failure = failure(why);
        Thread printing = Thread.ofPlatform().daemon().name("last-words").start(() -> report.accept(failure));
        try {
            boolean _ = printing.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        halt.accept(failure.exitCode().code());
    }

    private static CommandFailure failure(Throwable why) {
        if (why instanceof StoreException store) {
            return Failures.of(store);
        }
        if (why instanceof MachineFaultException fault) {
            return Failures.of(fault);
        }
        if (why instanceof SupersededException superseded) {
            return Failures.of(superseded);
        }
        if (why instanceof KeyReplacedException replaced) {
            return Failures.of(replaced);
        }
        return new CommandFailure(
                ExitCode.UNEXPECTED,
                "node.stopped",
                "the replica stopped itself: " + why,
                "see the log; nothing that it signed is lost",
                why);
    }
}
