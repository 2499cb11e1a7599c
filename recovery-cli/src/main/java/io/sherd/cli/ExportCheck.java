package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.export.ExportFile;
import io.sherd.archive.export.ExportVerifier;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.proof.CertifiedStatement;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.RangeProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a check of an exported archive found; its certificate and commitments hold.
 *
 * @param file the file
 * @param firstSegment its first segment
 * @param lastSegment its last segment
 * @param entries entries in the segments that are right
 * @param bytesRead compressed bytes of these
 * @param certificate the position of the certificate
 * @param root the history root that it is about
 * @param signers who signed
 * @param signaturesNeeded how many must
 * @param findings segments that are bad
 * @param moreFindings how many more there are than are listed
 */
record ExportCheck(
        String file,
        long firstSegment,
        long lastSegment,
        long entries,
        long bytesRead,
        long certificate,
        String root,
        List<String> signers,
        int signaturesNeeded,
        List<ExportVerifier.Finding> findings,
        long moreFindings)
        implements Report {

    /**
     * Checks a file.
     *
     * @param genesis the one trust root
     * @param path the file
     * @param output where progress is shown
     * @throws InvalidProofException if the certificate, its keys or the commitments do not hold
     */
    static ExportCheck of(Genesis genesis, Path path, OutputOptions output)
            throws StoreException, InvalidProofException, IOException {
        try (ExportFile file = ExportFile.open(path, genesis)) {
            RangeProof range = file.range();
            long count = range.segmentEnd() - range.firstSegment();
            try (Progress progress = output.progress("verify", count, Progress.Unit.SEGMENTS)) {
                ExportVerifier.Result result =
                        new ExportVerifier(genesis, new Ed25519Verifier()).verify(file, progress::update);
                return of(genesis, path, range, result);
            }
        }
    }

    private static ExportCheck of(Genesis genesis, Path path, RangeProof range, ExportVerifier.Result result) {
        CertifiedStatement certified = range.certified();
        return new ExportCheck(
                path.toString(),
                range.firstSegment(),
                range.segmentEnd() - 1,
                result.entries(),
                result.bytesRead(),
                certified.statement().sequence(),
                certified.statement().historyRoot().hex(),
                certified.certificate().signatures().keySet().stream()
                        .map(ClusterLayout::name)
                        .toList(),
                genesis.quorums().quorum(),
                result.findings(),
                result.moreFindings());
    }

    ExitCode exitCode() {
        return findings.isEmpty() ? ExitCode.DONE : ExitCode.UNREPAIRABLE;
    }

    @Override
    public String schema() {
        return "sherd.verify-export/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        findings.forEach(finding -> lines.add("BAD  segment %d: %s".formatted(finding.segment(), finding.detail())));
        if (moreFindings > 0) {
            lines.add("BAD  and %d more".formatted(moreFindings));
        }
        lines.add("segments %d to %d: %d findings, %d entries, %s read; root %s of seq %d, signed by %s (need %d)"
                .formatted(
                        firstSegment,
                        lastSegment,
                        findings.size() + moreFindings,
                        entries,
                        Units.bytes((double) bytesRead),
                        root.substring(0, 16),
                        certificate,
                        String.join(" ", signers),
                        signaturesNeeded));
        return lines;
    }
}
