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
import io.sherd.archive.store.NativeLibraries;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Inspection;
import io.sherd.ida.CodingKernels;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.segment.SegmentCompression;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica, running: opens what its directory holds, folds again what a crash interrupted, and takes part.
 *
 * <p>What may sign: the directory that the member table names. One that {@code init} made counts as used from its first start
 * on; one that was restored asks to join again and is silent until then; any other copy is refused (docs/DESIGN.md, "Durable
 * before spoken").
 */
public final class ConsensusNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConsensusNode.class);

    private final NodeAssembly parts;
    private final EdgeServer edge;
    private final NodeUpkeep upkeep;
    private final OwnPieceRepair repair;
    private final int peerPort;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ConsensusNode(NodeAssembly parts, EdgeServer edge, NodeUpkeep upkeep, OwnPieceRepair repair, int peerPort) {
        this.parts = parts;
        this.edge = edge;
        this.upkeep = upkeep;
        this.repair = repair;
        this.peerPort = peerPort;
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
        InetSocketAddress peerAddress = address(config.peerListen().orElse(founding.peerAddress()));
        InetSocketAddress edgeAddress = address(config.edgeListen().orElse(founding.edgeAddress()));
        Ed25519Signer signer = KeyFile.read(config.ledgerKey());
        TlsIdentity identity = TlsIdentity.read(config.tlsKey(), config.tlsCertificate());
        Supplier<StateMachine> machines = StateMachines.of(genesis, config.stateMachineJar());
        NodeStores stores = NodeStores.open(
                config.dataDir(),
                genesis,
                config.replica(),
                new ArchiveMending(genesis, config.replica(), identity, edgeAddress));
        try {
            return listen(
                    new NodeAssembly(
                            genesis,
                            config.replica(),
                            signer,
                            identity,
                            stores,
                            machines,
                            config.checkDeterminism(),
                            fatal),
                    peerAddress,
                    edgeAddress);
        } catch (StoreException | NodeStartException | MachineFaultException e) {
            closeAfter(e, stores);
            throw e;
        }
    }

    /** {@return one line for whoever waits for this replica} */
    public String readyLine() {
        Inspection core = inspection();
        return "ready r%d epoch %d view %d seq %d segments %d | peer %d edge %d | cluster %s"
                .formatted(
                        parts.replica,
                        core.epoch(),
                        core.view(),
                        core.executed(),
                        parts.pipeline.segmentCount(),
                        peerPort,
                        edge.port(),
                        parts.genesis.clusterId().shortHex());
    }

    /** {@return where the core stands} */
    public Inspection inspection() {
        return parts.driver.inspection();
    }

    /** What it consists of. */
    NodeAssembly parts() {
        return parts;
    }

    /**
     * Stops: takes no new work, ends what is under way, and leaves the archive in the least space.
     *
     * @throws StoreException if something could not be written; what was spoken is durable all the same
     */
    @Override
    public void close() throws StoreException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        edge.setServing(false);
        // Clients' streams never end by themselves: the edge takes its grace while the rest stops.
        Thread edgeEnd = Thread.ofPlatform().name("edge-end").start(edge::close);
        repair.close();
        upkeep.close();
        // Whoever sends stops before the links do.
        parts.driver.close();
        parts.pipeline.close();
        parts.transport.close();
        try {
            edgeEnd.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (NodeStores stores = parts.stores) {
            stores.pieces().flushAndCompact();
        }
        LOG.info("replica {} has stopped", parts.replica);
    }

    /** Beside everything else: the plain kernel serves until the fast one is proved and compiled, where there is one. */
    private static void warmUpCoding() {
        Thread.ofPlatform()
                .daemon()
                .name("coding-warm-up")
                .start(() -> LOG.info("coding with the {}", CodingKernels.warmUp()));
    }

    private static ConsensusNode listen(
            NodeAssembly parts, InetSocketAddress peerAddress, InetSocketAddress edgeAddress)
            throws NodeStartException, StoreException {
        try {
            parts.transport.start(peerAddress);
        } catch (IOException e) {
            throw cannotListen(parts, "other replicas", "peer-listen", peerAddress, e);
        }
        try {
            EdgeServer edge = parts.startEdge(edgeAddress);
            OwnPieceRepair repair = parts.ownPieceRepair();
            ConsensusNode node = new ConsensusNode(parts, edge, parts.start(), repair, peerAddress.getPort());
            repair.start();
            return node;
        } catch (IOException e) {
            throw cannotListen(parts, "clients and learners", "edge-listen", edgeAddress, e);
        }
    }

    private static NodeStartException cannotListen(
            NodeAssembly parts, String whom, String key, InetSocketAddress address, IOException cause) {
        parts.transport.close();
        return new NodeStartException(
                NodeStartException.Kind.ADDRESS,
                "r%d cannot listen for %s on %s:%d, its address in the genesis or its %s: %s"
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
