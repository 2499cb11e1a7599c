package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.restore.Verifier;
import io.sherd.archive.restore.VerifyReport;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.genesis.Genesis;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sherd verify}: reads everything in the archive of a stopped replica and says what is bad. */
@Command(
        name = "verify",
        description = {
            "Read the whole archive of a stopped replica and check it: signatures, history, every piece.",
            "Nothing is changed. Exit code 10: damage that `sherd repair` can make good; 11: other damage."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ArchiveOptions archive = new ArchiveOptions();

    /**
     * What was found.
     *
     * @param replica whose archive it is
     * @param segments segments that have commitments
     * @param certifiedSegments the first so many of them are proved by a certificate
     * @param certifiedSequence the position of that certificate
     * @param okPieces own pieces that are right
     * @param bytesRead bytes that were checked
     * @param repairable whether all findings can be repaired
     * @param findings what is bad
     * @param moreFindings how many more there are than are listed
     */
    record Verified(
            String replica,
            long segments,
            long certifiedSegments,
            long certifiedSequence,
            long okPieces,
            long bytesRead,
            boolean repairable,
            List<Finding> findings,
            long moreFindings)
            implements Report {

        /** Something bad; segment -1 if it is of none. */
        record Finding(String kind, long segment, String detail) {}

        static Verified of(
                StoreOwner owner, VerifyReport report, Optional<String> recordTrouble, long lostCommitments) {
            List<Finding> findings = new ArrayList<>();
            report.findings()
                    .forEach(finding ->
                            findings.add(new Finding(finding.kind().name(), finding.segment(), finding.detail())));
            boolean named =
                    report.findings().stream().anyMatch(finding -> finding.kind().isRecord());
            if (recordTrouble.isPresent() && !named) {
                findings.add(new Finding(VerifyReport.Kind.UNREADABLE_RECORD.name(), -1, recordTrouble.get()));
            }
            if (lostCommitments > 0) {
                findings.add(new Finding(
                        VerifyReport.Kind.CORRUPT_COMMITMENT.name(),
                        report.segments(),
                        "%d more commitments were durable and are gone".formatted(lostCommitments)));
            }
            return new Verified(
                    ClusterLayout.name(owner.replica()),
                    report.segments(),
                    report.certifiedSegments(),
                    report.certifiedSequence(),
                    report.okPieces(),
                    report.bytesRead(),
                    report.isRepairable() && lostCommitments == 0,
                    findings,
                    report.moreFindings());
        }

        List<VerifyReport.Kind> kinds() {
            return findings.stream()
                    .map(finding -> VerifyReport.Kind.valueOf(finding.kind()))
                    .toList();
        }

        ExitCode exitCode() {
            if (findings.isEmpty()) {
                return ExitCode.DONE;
            }
            return repairable ? ExitCode.REPAIRABLE : ExitCode.UNREPAIRABLE;
        }

        @Override
        public String schema() {
            return "sherd.verify/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            findings.forEach(finding ->
                    lines.add("BAD  %s%s: %s".formatted(finding.kind(), place(finding.segment()), finding.detail())));
            if (moreFindings > 0) {
                lines.add("BAD  and %d more".formatted(moreFindings));
            }
            lines.add("%s: %d segments, %d pieces ok, %d findings; %s read, certified up to seq %d"
                    .formatted(
                            replica,
                            segments,
                            okPieces,
                            findings.size() + moreFindings,
                            Units.bytes((double) bytesRead),
                            certifiedSequence));
            if (!findings.isEmpty()) {
                lines.add(
                        repairable
                                ? "hint: sherd repair with the same options"
                                : "hint: move the directory away and run `sherd restore`");
            }
            return lines;
        }

        private static String place(long segment) {
            return segment < 0 ? "" : " segment " + segment;
        }
    }

    /** Made by picocli. */
    VerifyCommand() {}

    @Override
    public Integer call() throws GenesisException, StoreException {
        Genesis genesis = archive.genesis();
        StoreOwner owner = archive.owner(genesis);
        DataDirectory.Layout layout = new DataDirectory.Layout(archive.directory());
        try (RocksPieceStore store = RocksPieceStore.openReadOnly(layout.archive())) {
            Verified verified = verify(genesis, owner, store, output);
            output.print(verified);
            return verified.exitCode().code();
        }
    }

    /** Checks an open archive, with progress. */
    static Verified verify(Genesis genesis, StoreOwner owner, RocksPieceStore store, OutputOptions output)
            throws StoreException {
        long count = store.commitmentCount();
        try (Progress progress = output.progress("verify", count, Progress.Unit.SEGMENTS)) {
            VerifyReport report = new Verifier(genesis, store, owner.replica(), new Ed25519Verifier())
                    .run(segment -> progress.update(segment + 1));
            return Verified.of(
                    owner, report, store.recordTrouble(), Math.max(0, store.promisedCommitmentCount() - count));
        }
    }
}
