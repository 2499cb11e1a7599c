package io.sherd.consensus.node;

import io.sherd.archive.scrub.ScrubDriver;
import io.sherd.archive.scrub.ScrubFinding;
import io.sherd.archive.scrub.ScrubGround;
import io.sherd.archive.scrub.ScrubProgress;
import io.sherd.archive.scrub.ScrubRecord;
import io.sherd.archive.scrub.ScrubSettings;
import io.sherd.archive.scrub.ScrubStatus;
import io.sherd.archive.scrub.ScrubTime;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.ledger.Threads;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubbedFinding;
import io.sherd.consensus.rpc.ScrubbedPass;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reads everything that a running replica stores, beside all that it does: on a thread of its own that nothing else waits for. Damaged
 * records are mended while the parts do not run.
 */
final class NodeScrub implements AutoCloseable {

    private final ScrubDriver driver;
    private final ScrubSettings settings;
    private final Runnable mending;
    private final Consumer<Throwable> fatal;
    private final Thread thread;

    /**
     * A scrub that waits for {@link #start}.
     *
     * @param ground what is read
     * @param settings how
     * @param mending has the records mended, by somebody who ends this scrub first
     * @param fatal told when the process must end
     */
    NodeScrub(ScrubGround ground, ScrubSettings settings, Runnable mending, Consumer<Throwable> fatal) {
        this.driver = new ScrubDriver(ground, settings, ScrubTime.SYSTEM);
        this.settings = settings;
        this.mending = mending;
        this.fatal = fatal;
        this.thread = Thread.ofPlatform()
                .name("scrub")
                .daemon()
                .uncaughtExceptionHandler((_, bug) -> fatal.accept(bug))
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** What an operator says to it. */
    ScrubDriver driver() {
        return driver;
    }

    /** Where it stands. */
    ScrubAnswer answer() {
        ScrubStatus status = driver.status();
        ScrubAnswer.Builder answer = ScrubAnswer.newBuilder()
                .setState(status.state().name().toLowerCase(Locale.ROOT))
                .setNextMillis(status.next().toEpochMilli())
                .setNowMillis(ScrubTime.SYSTEM.now().toEpochMilli())
                .setBytesPerSecond(settings.bytesPerSecond());
        status.running().ifPresent(pass -> answer.setRunning(pass(pass)).setBytesTotal(pass.bytesTotal()));
        status.remaining().ifPresent(remaining -> answer.setRemainingSeconds(remaining.toSeconds()));
        status.last().ifPresent(pass -> answer.setLast(pass(pass)));
        status.recent().forEach(finding -> answer.addRecent(finding(finding)));
        return answer.build();
    }

    /** Ends it, whatever it waits for; where it was is remembered. */
    @Override
    public void close() {
        driver.stop();
        thread.interrupt();
        Threads.awaitEnd(thread);
    }

    private void run() {
        try {
            if (driver.run() == ScrubDriver.End.MENDING_NEEDED) {
                mending.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StoreException e) {
            fatal.accept(e);
        }
    }

    private static ScrubbedPass pass(ScrubProgress pass) {
        return ScrubbedPass.newBuilder()
                .setStartedMillis(pass.started().toEpochMilli())
                .setBytesRead(pass.bytesRead())
                .setFound(pass.found())
                .setRepaired(pass.repaired())
                .build();
    }

    private static ScrubbedPass pass(ScrubRecord.CompletedPass pass) {
        return ScrubbedPass.newBuilder()
                .setStartedMillis(pass.started().toEpochMilli())
                .setEndedMillis(pass.ended().toEpochMilli())
                .setBytesRead(pass.bytesRead())
                .setFound(pass.found())
                .setRepaired(pass.repaired())
                .build();
    }

    private static ScrubbedFinding finding(ScrubFinding finding) {
        return ScrubbedFinding.newBuilder()
                .setKind(finding.kind().name())
                .setSegment(finding.segment())
                .setDetail(finding.detail())
                .setRepaired(finding.repaired())
                .setRemedy(finding.remedy())
                .build();
    }
}
