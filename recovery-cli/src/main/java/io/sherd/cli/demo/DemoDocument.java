package io.sherd.cli.demo;

import io.sherd.cli.output.Report;
import java.util.List;

/**
 * What the demo found, the last line of {@code sherd demo --json}. Sizes are in bytes; lists have one element for each
 * replica. What a step did not reach is 0, false or empty.
 *
 * @param ok whether every step held
 * @param n replicas
 * @param f faulty ones that the cluster tolerates
 * @param k pieces that rebuild a segment
 * @param transactions lines of the input that were ordered
 * @param ledgerBytes plain bytes of the sealed ledger
 * @param compressedBytes the same, compressed: what is dispersed
 * @param segments how many segments that is
 * @param boundBytes compressed bytes / k + segments (32 path length + 256)
 * @param archiveBytes allocated bytes of all files of each archive
 * @param stateBytes allocated bytes of each state
 * @param voteBytes allocated bytes of each replica's votes
 * @param learner what the learner did
 * @param restore how the wiped replica came back
 * @param repair what became of the flipped bit
 * @param throughputTps transactions per second while the input was ordered
 * @param steps one for each step
 */
public record DemoDocument(
        boolean ok,
        int n,
        int f,
        int k,
        long transactions,
        long ledgerBytes,
        long compressedBytes,
        long segments,
        long boundBytes,
        List<Long> archiveBytes,
        List<Long> stateBytes,
        List<Long> voteBytes,
        Learner learner,
        Restore restore,
        Repair repair,
        double throughputTps,
        List<Step> steps)
        implements Report {

    /**
     * What the learner did.
     *
     * @param bytesReceived above TLS
     * @param servedBytes by replica
     * @param identical whether what it wrote is the input, byte for byte
     */
    public record Learner(long bytesReceived, List<Long> servedBytes, boolean identical) {
        static final Learner NONE = new Learner(0, List.of(), false);
    }

    /**
     * How the wiped replica came back.
     *
     * @param seconds from the start of the restore to its end
     * @param identical whether all its pieces are, byte for byte, those it had before
     * @param votedAt the first position whose certificate, stored by another replica, carries its signature again
     */
    public record Restore(double seconds, boolean identical, long votedAt) {
        static final Restore NONE = new Restore(0, false, 0);
    }

    /**
     * What became of the flipped bit.
     *
     * @param found bad pieces that were found
     * @param repaired how many of them are good again
     */
    public record Repair(long found, long repaired) {
        static final Repair NONE = new Repair(0, 0);
    }

    /**
     * One step.
     *
     * @param name its name
     * @param ok whether it held
     * @param seconds how long it took
     */
    public record Step(String name, boolean ok, double seconds) {}

    @Override
    public String schema() {
        return "sherd.demo/1";
    }

    @Override
    public List<String> text() {
        long held = steps.stream().filter(Step::ok).count();
        return List.of(ok ? "every step held" : "FAILED: %d of %d steps held".formatted(held, steps.size()));
    }
}
