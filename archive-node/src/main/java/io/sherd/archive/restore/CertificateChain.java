package io.sherd.archive.restore;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way from the genesis to today: the closed epochs, each verified with the keys of the one before it, and the highest
 * certificate that verifies with the keys that they lead to. Not thread-safe.
 */
public final class CertificateChain {

    private final Genesis genesis;
    private final SigningDomain domain;
    private final SignatureVerifier verifier;
    private final List<ClosedEpoch> closed = new ArrayList<>();
    private MemberTable members;
    private @Nullable CheckpointCertificate newest;

    /** A chain that stands at the genesis. */
    public CertificateChain(Genesis genesis, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.domain = genesis.signingDomain();
        this.verifier = verifier;
        this.members = genesis.members();
    }

    /** What became of a certificate that was offered. */
    public enum Offer {
        /** It verifies and is the highest so far, or says no more than the highest. */
        KNOWN,
        /** It is of an epoch whose keys are not known yet: {@link #extend} first. */
        NEEDS_EPOCHS
    }

    /**
     * Takes a certificate that anybody may have sent.
     *
     * @throws InvalidCertificateException if it proves nothing
     */
    public Offer offer(CheckpointCertificate certificate) throws InvalidCertificateException {
        long epoch = certificate.statement().epoch();
        if (epoch > members.epoch()) {
            return Offer.NEEDS_EPOCHS;
        }
        if (newest != null
                && certificate.statement().sequence() <= newest.statement().sequence()) {
            return Offer.KNOWN;
        }
        if (epoch < members.epoch()) {
            throw new InvalidCertificateException("certificate of position %d is of epoch %d, which closed before it"
                    .formatted(certificate.statement().sequence(), epoch));
        }
        certificate.verify(domain, genesis.quorums(), members, verifier);
        newest = certificate;
        return Offer.KNOWN;
    }

    /**
     * Takes closed epochs, of which those that are known already are skipped.
     *
     * @return whether any of them was new
     * @throws InvalidCertificateException if one does not follow from the one before it; those before it are taken
     */
    public boolean extend(List<ClosedEpoch> epochs) throws InvalidCertificateException {
        boolean extended = false;
        for (ClosedEpoch next : epochs) {
            if (next.epoch() < members.epoch()) {
                continue;
            }
            members = next.verify(domain, genesis.quorums(), members, verifier);
            closed.add(next);
            CheckpointCertificate closing = next.certificate();
            if (newest == null
                    || closing.statement().sequence() > newest.statement().sequence()) {
                newest = closing;
            }
            extended = true;
        }
        return extended;
    }

    /** The highest certificate that verifies, if there is any. */
    public Optional<CheckpointCertificate> newest() {
        return Optional.ofNullable(newest);
    }

    /** The member table of the newest epoch that is proved. */
    public MemberTable members() {
        return members;
    }

    /** All closed epochs from 0 on. */
    public List<ClosedEpoch> closedEpochs() {
        return List.copyOf(closed);
    }
}
