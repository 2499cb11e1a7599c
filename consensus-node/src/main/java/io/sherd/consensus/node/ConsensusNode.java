package io.sherd.consensus.node;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.machine.StateMachines;
import io.sherd.archive.restore.Advance;
import io.sherd.archive.scrub.ScrubSettings;
import io.sherd.archive.store.NativeLibraries;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.ledger.Threads;
import io.sherd.ida.CodingKernels;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.segment.SegmentCompression;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica, running: opens what its directory holds, folds again what a crash interrupted, and takes part.
 *
 * <p>What may sign: the directory that the member table names. One that {@code init} made counts as used from its first start
 * on; one that was restored asks to join again and is silent until then; any other copy is refused (docs/DESIGN.md, "Durable
 * before spoken").
 *
 * <p>A replica whose peers have left it behind ({@link CatchingUp}) stops its parts, fetches what is certified, and starts others on the
 * same directory, as after a crash: the votes are all that a core remembers of what it said, and they stay as they are. The same happens
 * when a scrub finds the records of its archive damaged ({@link ArchiveMending}).
 */
public final class ConsensusNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConsensusNode.class);

    private final Setup setup;
    private final CatchingUp catchingUp;
    private final ArchiveMending mending;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable Thread> restarting = new AtomicReference<>();
    private volatile Running running;
    private volatile boolean stopped;

    /** What every run of the parts begins with. */
    private record Setup(
            Genesis genesis,
            int replica,
            Ed25519Signer signer,
            TlsIdentity identity,
            NodeStores stores,
            Supplier<StateMachine> machines,
            boolean checkDeterminism,
            long logBytesLimit,
            ScrubSettings scrub,
            InetSocketAddress peerAddress,
            InetSocketAddress edgeAddress,
            Consumer<Throwable> fatal) {

        InterimEdge interimEdge() {
            return new InterimEdge(genesis, replica, identity, edgeAddress);
        }
    }

    /** The parts, from one start of them to their end. */
    private record Running(
            NodeAssembly parts, EdgeServer edge, NodeUpkeep upkeep, OwnPieceRepair repair, NodeScrub scrub) {

        /** Takes no new work and ends what is under way; the stores stay open. */
        void stop() {
            edge.setServing(false);
            // Clients' streams never end by themselves: the edge takes its grace while the rest stops.
            Thread edgeEnd = Thread.ofPlatform().name("edge-end").start(edge::close);
            scrub.close();
            repair.close();
            upkeep.close();
            // Whoever sends stops before the links do.
            parts.driver.close();
            parts.pipeline.close();
            parts.transport.close();
            Threads.awaitEnd(edgeEnd);
        }
    }

    private ConsensusNode(Setup setup) throws StoreException, NodeStartException, InterruptedException {
        this.setup = setup;
        this.catchingUp = new CatchingUp(setup.interimEdge(), setup.stores);
        this.mending = new ArchiveMending(setup.interimEdge());
        if (Advance.isUnderWay(setup.stores.state())) {
            catchingUp.run();
        }
        this.running = listen();
    }

    /**
     * Starts a replica. When this returns it takes part, or asks to join again.
     *
     * @param config which replica, and where its files are
     * @param fatal told, at least once, when the process must end at once: a {@link StoreException} when the disk refuses,
     *     anything else when a bug shows. Called by any thread; what it does must not wait for this node
     * @return the running replica, to be closed
     * @throws GenesisException if the genesis cannot be read or is none
     * @throws KeyFileException if a key cannot be read, or others can read it
     * @throws NodeStartException if the parts do not fit together, or this directory may not sign
     * @throws MachineException if there is no state machine as the genesis names it; the directory was not opened
     * @throws MachineFaultException if the state machine cannot execute again what was decided
     * @throws StoreException if the directory is in use, another's, incomplete or damaged
     */
    public static ConsensusNode start(NodeConfig config, Consumer<Throwable> fatal)
            throws GenesisException, KeyFileException, NodeStartException, MachineException, StoreException {
        NativeLibraries.load();
        SegmentCompression.selfTest();
        warmUpCoding();
        Genesis genesis = GenesisFile.read(config.genesis());
        if (!genesis.quorums().isReplica(config.replica())) {
            throw new NodeStartException(
                    NodeStartException.Kind.CONFIG,
                    "the genesis has replicas 0 to %d, the configuration says %d"
                            .formatted(genesis.quorums().replicaCount() - 1, config.replica()));
        }
        Member founding = genesis.members().member(config.replica());
        Ed25519Signer signer = KeyFile.read(config.ledgerKey());
        TlsIdentity identity = TlsIdentity.read(config.tlsKey(), config.tlsCertificate());
        Supplier<StateMachine> machines = StateMachines.of(genesis, config.stateMachineJar());
        NodeStores stores = NodeStores.open(
                config.dataDir(),
                genesis,
                config.replica(),
                // Where it is reached now is not known before the archive is sound.
                new ArchiveMending(new InterimEdge(
                        genesis,
                        config.replica(),
                        identity,
                        address(config.edgeListen().orElse(founding.edgeAddress())))));
        try {
            Member now = new MemberHistory(genesis.members(), stores.closings())
                    .current()
                    .member(config.replica());
            return new ConsensusNode(new Setup(
                    genesis,
                    config.replica(),
                    signer,
                    identity,
                    stores,
                    machines,
                    config.checkDeterminism(),
                    config.keepEntryBytes(),
                    config.scrub(),
                    address(config.peerListen().orElse(now.peerAddress())),
                    address(config.edgeListen().orElse(now.edgeAddress())),
                    fatal));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            StoreException stopped = new StoreException("what is missing was not fetched: the node stops", e);
            closeAfter(stopped, stores);
            throw stopped;
        } catch (StoreException | NodeStartException | MachineFaultException e) {
            closeAfter(e, stores);
            throw e;
        }
    }

    /** {@return one line for whoever waits for this replica} */
    public String readyLine() {
        Running now = running;
        Inspection core = inspection();
        return "ready r%d epoch %d view %d seq %d segments %d | peer %d edge %d | cluster %s"
                .formatted(
                        setup.replica,
                        core.epoch(),
                        core.view(),
                        core.executed(),
                        now.parts.pipeline.segmentCount(),
                        setup.peerAddress.getPort(),
                        now.edge.port(),
                        setup.genesis.clusterId().shortHex());
    }

    /** {@return where the core stands} */
    public Inspection inspection() {
        return running.parts.driver.inspection();
    }

    /** What it consists of; other parts after it was left behind. */
    NodeAssembly parts() {
        return running.parts;
    }

    /** What reads everything that it stores; another one after the parts were started again. */
    NodeScrub scrub() {
        return running.scrub;
    }

    /**
     * Stops: takes no new work, ends what is under way, and leaves the archive in the least space.
     *
     * @throws StoreException if something could not be written; what was spoken is durable all the same
     */
    @Override
    public void close() throws StoreException {
        synchronized (this) {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
        }
        catchingUp.stop();
        mending.stop();
        Thread other = restarting.get();
        if (other != null) {
            Threads.awaitEnd(other);
        }
        if (!stopped) {
            running.stop();
        }
        try (NodeStores stores = setup.stores) {
            stores.pieces().flushAndCompact();
        }
        LOG.info("replica {} has stopped", setup.replica);
    }

    /** What is done to the stores while no parts stand on them. */
    @FunctionalInterface
    private interface StoreWork {
        void run() throws StoreException, InterruptedException;
    }

    /** The parts are stopped, something is done to what they stand on, and others are started. One such thing at a time. */
    private void restartAfter(StoreWork work) {
        Thread thread = Thread.ofPlatform()
                .name("catching-up")
                .daemon()
                .uncaughtExceptionHandler((_, bug) -> setup.fatal.accept(bug))
                .unstarted(() -> stopAndRestart(work));
        synchronized (this) {
            Thread other = restarting.get();
            if (!closed.get() && (other == null || !other.isAlive())) {
                restarting.set(thread);
                thread.start();
            }
        }
    }

    private void stopAndRestart(StoreWork work) {
        try {
            running.stop();
            stopped = true;
            work.run();
            Running next = listen();
            running = next;
            stopped = false;
            LOG.info("takes part again: {}", readyLine());
        } catch (InterruptedException e) {
            LOG.info("what is missing is fetched after the next start: {}", e.getMessage());
        } catch (StoreException | NodeStartException | MachineFaultException e) {
            setup.fatal.accept(e);
        }
    }

    private void mendRecords() throws StoreException, InterruptedException {
        setup.stores.mendRecords(mending);
    }

    /** Beside everything else: the plain kernel serves until the fast one is proved and compiled, where there is one. */
    private static void warmUpCoding() {
        Thread.ofPlatform()
                .daemon()
                .name("coding-warm-up")
                .start(() -> LOG.info("coding with the {}", CodingKernels.warmUp()));
    }

    private Running listen() throws NodeStartException, StoreException {
        NodeAssembly parts = new NodeAssembly(
                setup.genesis,
                setup.replica,
                setup.signer,
                setup.identity,
                setup.stores,
                setup.machines,
                setup.checkDeterminism,
                setup.logBytesLimit,
                setup.fatal,
                () -> restartAfter(catchingUp::run));
        try {
            parts.transport.start(setup.peerAddress);
        } catch (IOException e) {
            throw cannotListen(parts, "other replicas", "peer-listen", setup.peerAddress, e);
        }
        try {
            NodeScrub scrub = parts.scrub(setup.scrub, () -> restartAfter(this::mendRecords));
            EdgeServer edge = parts.startEdge(setup.edgeAddress, scrub);
            OwnPieceRepair repair = parts.ownPieceRepair();
            Running now = new Running(parts, edge, parts.start(), repair, scrub);
            repair.start();
            scrub.start();
            return now;
        } catch (IOException e) {
            throw cannotListen(parts, "clients and learners", "edge-listen", setup.edgeAddress, e);
        }
    }

    private static NodeStartException cannotListen(
            NodeAssembly parts, String whom, String key, InetSocketAddress address, IOException cause) {
        parts.transport.close();
        return new NodeStartException(
                NodeStartException.Kind.ADDRESS,
                "r%d cannot listen for %s on %s:%d, its address in the member table or its %s: %s"
                        .formatted(
                                parts.replica, whom, address.getHostString(), address.getPort(), key, innermost(cause)),
                cause);
    }

    private static String innermost(Throwable cause) {
        Throwable inner = cause;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner.getMessage() == null ? inner.toString() : inner.getMessage();
    }

    private static InetSocketAddress address(String text) throws NodeStartException {
        InetSocketAddress unresolved;
        try {
            unresolved = Addresses.parse(text);
        } catch (IllegalArgumentException e) {
            throw new NodeStartException(
                    NodeStartException.Kind.CONFIG, "not an address: %s".formatted(e.getMessage()), e);
        }
        InetSocketAddress address = new InetSocketAddress(unresolved.getHostString(), unresolved.getPort());
        if (address.isUnresolved()) {
            throw new NodeStartException(NodeStartException.Kind.ADDRESS, "no address is known of host " + text);
        }
        return address;
    }

    private static void closeAfter(Exception first, NodeStores stores) {
        try {
            stores.close();
        } catch (StoreException second) {
            first.addSuppressed(second);
        }
    }
}
