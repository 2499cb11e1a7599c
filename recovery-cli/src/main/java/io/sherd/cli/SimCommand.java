package io.sherd.cli;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.consensus.sim.Campaign;
import io.sherd.consensus.sim.CampaignResult;
import io.sherd.consensus.sim.SeedResult;
import io.sherd.consensus.sim.SwarmRun;
import io.sherd.consensus.sim.Trace;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sherd sim}: whole clusters in virtual time, for whoever changes the protocol. */
@Command(
        name = "sim",
        description = {
            "For developers: run whole clusters in virtual time, and check after every event that nothing splits.",
            "Replicas lie, crash, lose their disks and are cut off. Exit code 0 only if every seed held."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class SimCommand implements Callable<Integer> {
    private static final int FRESH_SEED_BITS = 40;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--seeds",
            defaultValue = "100",
            paramLabel = "COUNT",
            description = "How many seeds. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--first-seed",
            paramLabel = "N",
            description = "The first seed; the others follow it. Default: one drawn now, which the answer names.")
    private @Nullable Long firstSeed;

    @Option(
            names = "--replicas",
            defaultValue = "4,5,6,7,10",
            split = ",",
            paramLabel = "N",
            description = "Cluster sizes, which take turns. Default: ${DEFAULT-VALUE}.")
    private List<Integer> replicas = List.of();

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            description = "How many seeds run at one time. Default: as many as there are processors.")
    private @Nullable Integer threads;

    @Option(names = "--trace", description = "Print all that happens in the first seed instead, line by line.")
    private boolean trace;

    /** One seed in the answer. */
    record Seed(
            long seed,
            int replicas,
            SeedResult.Mode mode,
            long events,
            long millis,
            int viewChanges,
            long checkpoints,
            int wipes,
            long segments,
            String traceHash,
            @Nullable String violation,
            String command) {
        static Seed of(SeedResult result) {
            return new Seed(
                    result.seed(),
                    result.replicas(),
                    result.mode(),
                    result.events(),
                    result.nanos() / 1_000_000,
                    result.viewChanges(),
                    result.checkpoints(),
                    result.wipes(),
                    result.segments(),
                    result.traceHash(),
                    result.violation().orElse(null),
                    result.command());
        }

        String line() {
            return "seed %d, %d replicas, %s: %d events in %d ms, %d view changes, %d checkpoints, %d wipes, %d segments, trace %s"
                    .formatted(
                            seed, replicas, mode, events, millis, viewChanges, checkpoints, wipes, segments, traceHash);
        }
    }

    /** The answer. */
    record Simulated(
            long firstSeed,
            int seeds,
            long events,
            long eventsPerSecond,
            int violations,
            int thinSeeds,
            CampaignResult.Coverage coverage,
            Seed slowest,
            List<Seed> failed,
            List<Seed> thin)
            implements Report {
        static Simulated of(long firstSeed, CampaignResult result) {
            return new Simulated(
                    firstSeed,
                    result.seeds(),
                    result.events(),
                    result.eventsPerSecond(),
                    result.violations().size(),
                    result.thin().size(),
                    result.coverage(),
                    Seed.of(result.slowest()),
                    result.violations().stream().map(Seed::of).toList(),
                    result.thin().stream().map(Seed::of).toList());
        }

        @Override
        public String schema() {
            return "sherd.sim/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            for (Seed seed : failed) {
                lines.add("VIOLATION  " + seed.line());
                lines.add("  " + seed.violation());
                lines.add("  repeat: " + seed.command());
            }
            for (Seed seed : thin) {
                lines.add("THIN  " + seed.line());
            }
            lines.add("%d seeds from %d: %d events, %d a second of one processor, %d violations"
                    .formatted(seeds, firstSeed, events, eventsPerSecond, violations));
            lines.add(
                    "each seed saw at least %d view changes, %d checkpoints, %d wipes, %d segments; %d seeds signed with Ed25519"
                            .formatted(
                                    coverage.viewChanges().least(),
                                    coverage.checkpoints().least(),
                                    coverage.wipes().least(),
                                    coverage.segments().least(),
                                    coverage.ed25519Seeds()));
            lines.add("slowest: " + slowest.line());
            return lines;
        }
    }

    /** Made by picocli. */
    SimCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        long first = firstSeed == null ? new SecureRandom().nextLong(1L << FRESH_SEED_BITS) : firstSeed;
        check(seeds >= 1, "--seeds must be at least 1");
        check(threads == null || threads >= 1, "--threads must be at least 1");
        check(replicas.stream().allMatch(n -> n >= 4 && n <= 64), "--replicas takes sizes of 4 to 64");
        if (trace) {
            int n = replicas.get((int) Long.remainderUnsigned(first, replicas.size()));
            SeedResult result =
                    new SwarmRun(n, first, new Trace(spec.commandLine().getOut()::println)).run();
            result.violation().ifPresent(violation -> output.note("VIOLATION  " + violation));
            return code(result.violation().isEmpty());
        }
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        try (Progress progress = output.progress("sim", seeds, Progress.Unit.SEEDS)) {
            CampaignResult result = new Campaign(first, seeds, replicas, workers).run(progress::update);
            output.print(Simulated.of(first, result));
            result.violations()
                    .forEach(failed -> output.note(
                            "%s%nrepeat: %s".formatted(failed.violation().orElse(""), failed.command())));
            return code(result.violations().isEmpty() && result.thin().isEmpty());
        }
    }

    private static int code(boolean held) {
        return (held ? ExitCode.DONE : ExitCode.UNEXPECTED).code();
    }

    private static void check(boolean condition, String message) throws CommandFailure {
        if (!condition) {
            throw new CommandFailure(
                    ExitCode.USAGE, "sim.numbers", message, "sherd sim --seeds 100 --replicas 4,5,6,7,10");
        }
    }
}
