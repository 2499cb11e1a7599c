package io.sherd.consensus.node;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.LedgerService;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.archive.scrub.ScrubGround;
import io.sherd.archive.scrub.ScrubSettings;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Authenticator;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.Replica;
import io.sherd.consensus.core.ReplicaConfig;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.durable.StartingPoint;
import io.sherd.consensus.ledger.ExecutedState;
import io.sherd.consensus.ledger.LedgerPipeline;
import io.sherd.consensus.transport.NettyTransport;
import io.sherd.consensus.wire.MessageVerifier;
import io.sherd.consensus.wire.VerifiedSignatures;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.DeterminismCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a replica, made in the order in which they need each other; nothing runs before {@link #start}. */
final class NodeAssembly {

    private static final Logger LOG = LoggerFactory.getLogger(NodeAssembly.class);

    private static final int MAX_ROUNDS_IN_FLIGHT = 4;
    private static final int MAX_PENDING_REQUESTS = 16_384;
    private static final long RESEND_MILLIS = 500;
    private static final long REQUEST_TIMEOUT_MILLIS = 4000;
    private static final long STATUS_MILLIS = 500;

    final Genesis genesis;
    final int replica;
    final NodeStores stores;
    final MemberHistory members;
    final SessionIndex sessions;
    final NodeLedger ledger;
    final LedgerPipeline pipeline;
    final ReplicaDriver driver;
    final ClientGateway gateway;
    final NettyTransport transport;
    final ReceiptSender receipts;
    private final Ed25519Signer signer;
    private final TlsIdentity identity;
    private final SignatureVerifier verifier;
    private final Consumer<Throwable> fatal;

    /**
     * Makes the parts, folds again what a crash interrupted, and checks that this directory may take part.
     *
     * @param genesis the cluster's
     * @param replica which replica
     * @param signer its key
     * @param identity its certificate
     * @param stores its directory; stays open if this throws
     * @param machines makes the genesis's state machine
     * @param checkDeterminism whether every entry is executed twice
     * @param logBytesLimit full bytes of segments that may stay in the vote log while receipts are missing
     * @param fatal told when the process must end
     * @param leftBehind told when only certified state helps
     */
    NodeAssembly(
            Genesis genesis,
            int replica,
            Ed25519Signer signer,
            TlsIdentity identity,
            NodeStores stores,
            Supplier<StateMachine> machines,
            boolean checkDeterminism,
            long logBytesLimit,
            Consumer<Throwable> fatal,
            Runnable leftBehind)
            throws StoreException, NodeStartException {
        this.genesis = genesis;
        this.replica = replica;
        this.signer = signer;
        this.identity = identity;
        this.stores = stores;
        this.fatal = fatal;
        members = new MemberHistory(genesis.members(), stores.closings());
        checkKeys();
        checkDirectory();
        verifier = new VerifiedSignatures(new Ed25519Verifier(), VerifiedSignatures.DEFAULT_CAPACITY);
        sessions = new SessionIndex(members, genesis.limits().sessionWindow());
        ledger = new NodeLedger(replica, stores, members, sessions, fatal, leftBehind);
        pipeline = ledger.open(
                genesis,
                new ExecutedState(
                        stores.state(),
                        machines.get(),
                        genesis.limits(),
                        checkDeterminism ? Optional.of(new DeterminismCheck(machines)) : Optional.empty()),
                logBytesLimit);
        driver = new ReplicaDriver(
                new Replica(config(DriverOptions.DEFAULT), new Authenticator(signer, verifier), recover()),
                genesis.quorums().replicaCount(),
                stores.votes(),
                ledger,
                DriverOptions.DEFAULT,
                fatal);
        gateway = new ClientGateway(
                genesis, replica, verifier, driver::standing, sessions, driver, GatewayLimits.DEFAULT);
        ledger.connect(driver, gateway);
        transport = new NettyTransport(
                genesis,
                replica,
                identity,
                members,
                new MessageVerifier(genesis.signingDomain(), genesis.quorums(), members, verifier),
                driver);
        receipts = new ReceiptSender(
                genesis.signingDomain(), signer, replica, transport, members, hasRejoined(), pipeline.segmentCount());
    }

    /** The public edge, answering. */
    EdgeServer startEdge(InetSocketAddress address, NodeScrub scrub) throws IOException {
        return EdgeServer.builder(address, identity, EdgeLimits.of(genesis))
                .service(new LedgerService(genesis, stores.pieces(), stores.state(), stores.fullSegments(genesis)))
                .service(gateway)
                .service(new AdminService(
                        replica,
                        genesis.signingDomain(),
                        verifier,
                        driver::standing,
                        new NodeStatus(this, scrub),
                        genesis.quorums(),
                        driver::submit))
                .start();
    }

    /** What makes own pieces anew that are missing. */
    OwnPieceRepair ownPieceRepair() {
        return new OwnPieceRepair(genesis, replica, stores.pieces(), this::others, receipts, fatal);
    }

    /**
     * What reads everything that is stored.
     *
     * @param settings how
     * @param mending has damaged records mended
     */
    NodeScrub scrub(ScrubSettings settings, Runnable mending) {
        ScrubGround ground = new ScrubGround(
                genesis, replica, stores.layout(), stores.pieces(), stores.state(), verifier, this::others);
        return new NodeScrub(ground, settings, mending, fatal);
    }

    private ConnectedSources others() {
        ConnectedSources connected =
                new ConnectedSources(EdgeSources.of(genesis).without(replica));
        connected.follow(members.current());
        return connected;
    }

    /** Starts everything behind the two listeners, and returns what has to be stopped first. */
    NodeUpkeep start() throws StoreException {
        if (isMember()) {
            // From the first signature on the directory is a used one, and one that was restored has joined.
            stores.replaceIdentity(stores.identity().member());
        }
        pipeline.start();
        sessions.start(pipeline);
        pipeline.replayedStatements().forEach(driver::sealed);
        driver.start(transport);
        NodeUpkeep upkeep = new NodeUpkeep(this::isMember, pipeline, members, receipts, fatal);
        upkeep.start();
        return upkeep;
    }

    private Member self() {
        return members.current().member(replica);
    }

    /** Whether this directory and this key speak for the replica now. */
    private boolean isMember() {
        return hasDirectory() && self().key().equals(signer.key());
    }

    private boolean hasDirectory() {
        return self().directory().equals(stores.identity().directoryId());
    }

    /** Whether own pieces may be missing: they were made by somebody else than this process's predecessors. */
    private boolean hasRejoined() {
        return !isMember() || self().incarnation() > 0;
    }

    /** The key is the replica's, or that of an epoch which has begun elsewhere and is not known to this directory yet. */
    private void checkKeys() throws NodeStartException {
        if (isHere(self())) {
            return;
        }
        if (hasDirectory() && isHere(newestMembers().member(replica))) {
            LOG.info(
                    "this replica has got another key meanwhile, with which it was started: it signs nothing until it has learnt how");
            return;
        }
        throw new NodeStartException(
                NodeStartException.Kind.IDENTITY,
                self().key().equals(signer.key())
                        ? "the TLS certificate has the pin %s, replica %d has %s in epoch %d"
                                .formatted(
                                        identity.pin().hex(),
                                        replica,
                                        self().tlsPin().hex(),
                                        members.current().epoch())
                        : "the ledger key is %s, replica %d has %s in epoch %d"
                                .formatted(
                                        signer.key().hex(),
                                        replica,
                                        self().key().hex(),
                                        members.current().epoch()));
    }

    private boolean isHere(Member member) {
        return member.key().equals(signer.key()) && member.tlsPin().equals(identity.pin());
    }

    /** What the others can prove. */
    private MemberTable newestMembers() {
        MemberSearch search = new MemberSearch(genesis, new Ed25519Verifier());
        try {
            int answered = search.search(MemberSearch.PATIENCE);
            LOG.info(
                    "{} replicas answer, and lead to epoch {}",
                    answered,
                    search.members().epoch());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return search.members();
    }

    private void checkDirectory() throws NodeStartException {
        DirectoryIdentity directory = stores.identity();
        boolean mayAsk = directory.standing() instanceof DirectoryIdentity.Standing.Rejoining(long replaced)
                && replaced == self().incarnation();
        if (!hasDirectory() && !mayAsk) {
            throw new NodeStartException(
                    NodeStartException.Kind.UNSAFE,
                    "data directory %s may not speak for replica %d: since epoch %d that is directory %s, so another copy has joined"
                            .formatted(directory.directoryId(), replica, self().incarnation(), self().directory()));
        }
    }

    private Recovered recover() throws StoreException {
        StartingPoint point = new StartingPoint(
                members.current(),
                stores.closings(),
                stores.stable(),
                pipeline.replayedTo(),
                pipeline.replayedToEpochEnd()
                        && pipeline.replayedMembers().epoch()
                                > members.current().epoch(),
                pipeline.replayedSealing());
        Recovered recovered = stores.votes().recover(point);
        if (hasDirectory() || recovered.rejoin().isPresent()) {
            return recovered;
        }
        Request.Rejoin rejoin = Request.Rejoin.sign(
                genesis.signingDomain(),
                signer,
                replica,
                self().incarnation(),
                stores.identity().directoryId());
        stores.votes().append(List.of(new VoteRecord.OwnRejoin(rejoin)), true);
        return stores.votes().recover(point);
    }

    private ReplicaConfig config(DriverOptions options) {
        Limits limits = genesis.limits();
        long tickMillis = options.tick().toMillis();
        return new ReplicaConfig(
                replica,
                genesis.signingDomain(),
                genesis.quorums(),
                limits,
                MAX_ROUNDS_IN_FLIGHT,
                MAX_PENDING_REQUESTS,
                ticks(RESEND_MILLIS, tickMillis),
                ticks(REQUEST_TIMEOUT_MILLIS, tickMillis),
                ticks(limits.sealMillis(), tickMillis),
                ticks(STATUS_MILLIS, tickMillis));
    }

    private static int ticks(long millis, long tickMillis) {
        return (int) Math.max(1, millis / tickMillis);
    }
}
