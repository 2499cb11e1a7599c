package io.sherd.cli.inspect;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.restore.CertificateChain;
import io.sherd.archive.restore.Verifier;
import io.sherd.archive.restore.VerifyReport;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.ExitCode;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an archive proves, from the genesis on: the member table of each epoch, and how many commitments lead to a history root
 * that is certified.
 */
final class ProvedHistory {
    private final Genesis genesis;
    private final List<MemberTable> members = new ArrayList<>();
    private final Optional<String> brokenChain;
    private final VerifyReport report;

    private ProvedHistory(Genesis genesis, PieceStore archive, int replica) throws StoreException {
        this.genesis = genesis;
        this.report = new Verifier(genesis, archive, replica, new Ed25519Verifier()).runWithoutContent();
        members.add(genesis.members());
        CertificateChain chain = new CertificateChain(genesis, new Ed25519Verifier());
        Optional<String> broken = Optional.empty();
        try {
            for (ClosedEpoch closed : archive.closedEpochs(0, Integer.MAX_VALUE)) {
                boolean _ = chain.extend(List.of(closed));
                members.add(chain.members());
            }
        } catch (InvalidCertificateException e) {
            broken = Optional.of(String.valueOf(e.getMessage()));
        }
        this.brokenChain = broken;
    }

    /** Follows an archive as far as it proves anything. */
    static ProvedHistory of(Genesis genesis, PieceStore archive, int replica) throws StoreException {
        return new ProvedHistory(genesis, archive, replica);
    }

    /** The member table of an epoch, if the closings up to it verify. */
    Optional<MemberTable> members(long epoch) {
        return epoch < members.size() ? Optional.of(members.get((int) epoch)) : Optional.empty();
    }

    /** Whether the commitment of a segment is the one that the replicas agreed on. */
    Verdict ofSegment(long segment) {
        if (segment < report.certifiedSegments()) {
            return Verdict.proved(
                    "proved: its commitment is one of the first %d, whose history root %d replicas signed",
                    report.certifiedSegments(), genesis.quorums().quorum());
        }
        return report.findings().stream()
                .filter(finding -> finding.segment() <= segment)
                .findFirst()
                .map(finding -> Verdict.bad(ExitCode.PROOF, "%s: %s", finding.kind(), finding.detail()))
                .orElseGet(() -> Verdict.unproved(
                        "not proved yet: the newest certificate here is about the first %d segments",
                        report.certifiedSegments()));
    }

    /** Whether a certificate proves what it states. */
    Verdict ofCertificate(CheckpointCertificate certificate) {
        long epoch = certificate.statement().epoch();
        Optional<MemberTable> table = members(epoch);
        if (table.isEmpty()) {
            return brokenChain
                    .map(why -> Verdict.bad(ExitCode.PROOF, "its epoch's keys are not proved: %s", why))
                    .orElseGet(() -> Verdict.unproved("not proved: the closing of epoch %d is not here", epoch - 1));
        }
        try {
            certificate.verify(genesis.signingDomain(), genesis.quorums(), table.get(), new Ed25519Verifier());
        } catch (InvalidCertificateException e) {
            return Verdict.bad(ExitCode.PROOF, "%s", String.valueOf(e.getMessage()));
        }
        return Verdict.proved(
                "proved: %d signatures, %d are needed, by keys that lead back to the genesis through %d closed epochs",
                certificate.signatures().size(), genesis.quorums().quorum(), epoch);
    }
}
