package io.sherd.cli.demo;

import io.sherd.cli.cluster.ChildCommand;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Phases;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.Quorums;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Runs the tour's steps, one after the other, and prints a verdict for each. A step that fails is a verdict too; the steps
 * that need what it should have made are then left out, and the demo as a whole has failed.
 */
public final class Demo {
    private static final int VERDICT_COLUMN = 64;

    private final DemoCluster demo;
    private final OutputOptions output;
    private final BooleanSupplier interrupted;
    private final DemoResults results = new DemoResults();
    private final List<DemoDocument.Step> done = new ArrayList<>();

    /**
     * A demo that has not begun.
     *
     * @param cluster the replicas, founded but not started
     * @param children runs the commands that are processes of their own
     * @param input what is ordered
     * @param output where verdicts and progress go
     * @param interrupted whether the process is being ended: what fails from then on says nothing
     */
    public Demo(
            LocalCluster cluster,
            ChildCommand children,
            DemoInput input,
            OutputOptions output,
            BooleanSupplier interrupted) {
        this.demo = new DemoCluster(cluster, children, input);
        this.output = output;
        this.interrupted = interrupted;
    }

    /** One step of the tour. */
    interface Step {
        /** {@return its name in the document} */
        String name();

        /** {@return what it does, for people} */
        String title();

        /** Whether it only makes what the others prove something with: if that cannot be made, there is no verdict to give. */
        default boolean isPreparation() {
            return false;
        }

        /** Whether later steps make no sense when this one fails. */
        default boolean isNeededByAll() {
            return false;
        }

        /**
         * Does it.
         *
         * @param phases told what it is doing
         * @return what was found
         * @throws Exception whatever the disk, the network or a child process has to say against it
         */
        Verdict run(Phases phases) throws Exception;
    }

    /**
     * What a step found.
     *
     * @param ok whether it holds
     * @param text the finding in numbers
     */
    record Verdict(boolean ok, String text) {
        static Verdict of(boolean ok, String pattern, Object... details) {
            return new Verdict(ok, String.format(java.util.Locale.ROOT, pattern, details));
        }
    }

    /** A verdict as a line of {@code --json}: everything before the last line. */
    private record StepLine(String name, boolean ok, double seconds, String verdict) implements Report {
        @Override
        public String schema() {
            return "sherd.demo-step/1";
        }

        @Override
        public List<String> text() {
            return List.of();
        }
    }

    /**
     * Runs all steps.
     *
     * @return what was found
     * @throws InterruptedException if the demo was interrupted
     * @throws CommandFailure if the cluster cannot be started
     */
    public DemoDocument run() throws CommandFailure, InterruptedException {
        List<Step> steps = List.of(
                new ClusterStep(demo),
                new OrderStep(demo, results, output),
                new StorageStep(demo, results),
                new LearnStep(demo, results),
                new RestoreStep(demo, results),
                new RepairStep(demo, results),
                new StateStep(demo));
        boolean goesOn = true;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (goesOn) {
                boolean held = run(step, "[%d/%d]".formatted(i + 1, steps.size()));
                goesOn = held || !step.isNeededByAll();
            } else {
                print(step, "[%d/%d]".formatted(i + 1, steps.size()), new Verdict(false, "left out"), Duration.ZERO);
            }
        }
        Quorums quorums = demo.genesis().quorums();
        return results.document(
                done.stream().allMatch(DemoDocument.Step::ok) && done.size() == steps.size(),
                quorums,
                demo.genesis().piecesNeeded(),
                done);
    }

    private boolean run(Step step, String place) throws CommandFailure, InterruptedException {
        long start = System.nanoTime();
        Verdict verdict = verdict(step, place);
        if (interrupted.getAsBoolean()) {
            throw new InterruptedException("the demo is being ended");
        }
        print(step, place, verdict, Duration.ofNanos(System.nanoTime() - start));
        return verdict.ok();
    }

    @SuppressWarnings("InterruptedExceptionSwallowed") // it is the first one that is caught, and thrown on
    private Verdict verdict(Step step, String place) throws CommandFailure, InterruptedException {
        try (Phases phases = output.phases(place + " " + step.name())) {
            return step.run(phases);
        } catch (InterruptedException e) {
            throw e;
        } catch (CommandFailure e) {
            if (step.isPreparation()) {
                throw e;
            }
            e.facts().forEach(output::note);
            return new Verdict(false, e.getMessage() + (e.hint().isEmpty() ? "" : "; hint: " + e.hint()));
        } catch (RuntimeException e) {
            // A bug of a step is a failed step; the steps after it still tell what works, and the trace tells the rest.
            if (!interrupted.getAsBoolean()) {
                e.printStackTrace(output.err());
            }
            return new Verdict(false, "bug: " + e);
        } catch (Exception e) {
            return new Verdict(false, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void print(Step step, String place, Verdict verdict, Duration took) {
        DemoDocument.Step finished =
                new DemoDocument.Step(step.name(), verdict.ok(), Math.round(took.toMillis() / 10.0) / 100.0);
        done.add(finished);
        if (output.json()) {
            output.out()
                    .println(Json.line(
                            new StepLine(finished.name(), finished.ok(), finished.seconds(), verdict.text())));
            output.out().flush();
            return;
        }
        String head = place + " " + step.title() + " ";
        output.say("%s%s %s  (%s) %s"
                .formatted(
                        head,
                        ".".repeat(Math.max(3, VERDICT_COLUMN - head.length())),
                        verdict.ok() ? "ok  " : "BAD ",
                        Units.duration(took),
                        verdict.text()));
    }
}
