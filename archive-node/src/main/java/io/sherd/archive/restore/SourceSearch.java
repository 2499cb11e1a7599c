package io.sherd.archive.restore;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.SignatureVerifier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What a restore asks before anything else: whether its replica is alive, and how far the ledger goes. Belongs to one thread. */
final class SourceSearch {

    private static final Duration HEAD_PATIENCE = Duration.ofSeconds(2);
    private static final Duration ALIVE_PATIENCE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_SEARCHES = Duration.ofMillis(200);

    private final Genesis genesis;
    private final SignatureVerifier verifier;
    private final Duration stallLimit;
    private final long startNanos = System.nanoTime();

    SourceSearch(Genesis genesis, SignatureVerifier verifier, Duration stallLimit) {
        this.genesis = genesis;
        this.verifier = verifier;
        this.stallLimit = stallLimit;
    }

    /** Called around each round of questions. */
    @FunctionalInterface
    interface Rounds {

        /**
         * Between two rounds.
         *
         * @throws InterruptedException to end the search
         */
        void between() throws InterruptedException;
    }

    /** A replica that answers as itself must be stopped first: two that speak for one are worse than none. */
    void refuseIfAlive(int replica, SourceDirectory live) throws RestoreRefusedException, InterruptedException {
        Member member = genesis.members().member(replica);
        Optional<LedgerSource> own = live.open(replica, member);
        if (own.isEmpty()) {
            return;
        }
        try (LedgerSource source = own.get()) {
            CertificateChain unused = new CertificateChain(genesis, verifier);
            HeadSearch.Result result = new HeadSearch(unused, List.of(source)).search(atMostStallLimit(ALIVE_PATIENCE));
            if (result.answered() > 0) {
                throw new RestoreRefusedException(
                        RestoreRefusedException.Kind.ALIVE,
                        "replica %d is alive: it answers at %s; stop it before restoring it"
                                .formatted(replica, member.edgeAddress()));
            }
        }
    }

    /**
     * Asks until f + 1 sources, or all there are, have told their newest certificate: one of f + 1 is correct.
     *
     * @return what is wrong with the sources that did not
     * @throws StateUnavailableException if fewer have done so within the stall limit
     */
    SortedMap<Integer, String> findNewest(CertificateChain chain, ConnectedSources connected, Rounds rounds)
            throws StateUnavailableException, InterruptedException {
        int known = connected.all().size();
        int enough = Math.max(1, Math.min(genesis.quorums().oneCorrect(), known));
        Duration patience = atMostStallLimit(HEAD_PATIENCE);
        while (true) {
            rounds.between();
            HeadSearch.Result result = new HeadSearch(chain, connected.all()).search(patience);
            // Who did not answer may be slow rather than silent: a loaded machine needs longer for the first
            // connections.
            patience = atMostStallLimit(patience.multipliedBy(2));
            connected.follow(chain.members());
            rounds.between();
            if (result.answered() >= enough) {
                return result.troubles();
            }
            if (System.nanoTime() - startNanos > stallLimit.toNanos()) {
                throw new StateUnavailableException(
                        "%d of %d sources tell their newest certificate, %d are needed"
                                .formatted(result.answered(), known, enough),
                        result.troubles());
            }
            Thread.sleep(BETWEEN_SEARCHES);
        }
    }

    private Duration atMostStallLimit(Duration patience) {
        return patience.compareTo(stallLimit) < 0 ? patience : stallLimit;
    }
}
