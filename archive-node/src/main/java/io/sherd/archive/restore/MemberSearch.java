package io.sherd.archive.restore;

import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.LedgerClient;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds today's member table: where the replicas are reached now, and with which keys. It asks whoever answers at the addresses
 * that it knows of: the closings prove themselves from the genesis on, and since keys were replaced the certificate of none of
 * them need be one that the genesis lists. Not thread-safe.
 */
public final class MemberSearch {

    /** How long to wait for replicas that do not answer, unless somebody knows better. */
    public static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Genesis genesis;
    private final CertificateChain chain;

    /**
     * A search that knows the genesis alone.
     *
     * @param genesis the cluster
     * @param verifier decides about signatures
     */
    public MemberSearch(Genesis genesis, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.chain = new CertificateChain(genesis, verifier);
    }

    /** The newest proved member table. */
    public MemberTable members() {
        return chain.members();
    }

    /** How each epoch before the newest proved one was closed, from 0 on. */
    public List<ClosedEpoch> closedEpochs() {
        return chain.closedEpochs();
    }

    /** All proved member tables, from the genesis's on. */
    public List<MemberTable> tables() {
        List<MemberTable> tables = new ArrayList<>(List.of(genesis.members()));
        chain.closedEpochs().forEach(closed -> tables.add(closed.next()));
        return tables;
    }

    /**
     * The live replicas, each where it is reached today as far as they tell at once.
     *
     * @param plain the same as the genesis says
     * @param verifier decides about signatures
     * @return who is to be asked
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public static EdgeSources ofToday(EdgeSources plain, SignatureVerifier verifier) throws InterruptedException {
        MemberSearch search = new MemberSearch(plain.genesis(), verifier);
        var _ = search.search(PATIENCE);
        return plain.asOf(search.tables());
    }

    /**
     * Asks for closings until none are new, or nobody answers.
     *
     * @param patience how long to wait each time for those that do not answer
     * @return how many replicas answered the last time; with f + 1 of them, one is correct
     */
    public int search(Duration patience) throws InterruptedException {
        try (ConnectedSources connected = new ConnectedSources((replica, member) -> open(replica, member, patience))) {
            while (true) {
                long epoch = chain.members().epoch();
                connected.follow(chain.members());
                HeadSearch search = new HeadSearch(chain, connected.all());
                int answered =
                        search.search(patience, genesis.quorums().quorum()).answered();
                if (chain.members().epoch() == epoch) {
                    return answered;
                }
            }
        }
    }

    private Optional<LedgerSource> open(int replica, Member member, Duration patience) {
        return Optional.of(LedgerClient.ofAnybody(genesis, replica, Addresses.parse(member.edgeAddress()), patience));
    }
}
