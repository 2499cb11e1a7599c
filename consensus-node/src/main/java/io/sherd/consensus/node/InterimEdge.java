package io.sherd.consensus.node;

import com.google.protobuf.ByteString;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.edge.LedgerService;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public edge of a replica that takes no part for a while: it serves what the archive has, takes nothing from clients, and says what
 * is going on.
 *
 * @param genesis the cluster's
 * @param replica which replica
 * @param identity its certificate
 * @param address where it listens
 */
record InterimEdge(Genesis genesis, int replica, TlsIdentity identity, InetSocketAddress address) {

    private static final Logger LOG = LoggerFactory.getLogger(InterimEdge.class);

    /**
     * Serves.
     *
     * @param ledger what is served
     * @param mode what {@code status} calls it
     * @param said adds what else is to be said of the replica, each time somebody asks
     * @return to be closed; null if the address cannot be listened on: a start will say so
     */
    @Nullable
    EdgeServer serve(LedgerService ledger, String mode, UnaryOperator<GetStatusResponse.Builder> said) {
        try {
            return EdgeServer.builder(address, identity, EdgeLimits.of(genesis))
                    .service(ledger)
                    .service(new AdminService(
                            replica,
                            genesis.signingDomain(),
                            new Ed25519Verifier(),
                            () -> new Standing(0, false, genesis.members()),
                            new InterimStatus(genesis, replica, mode, said),
                            genesis.quorums(),
                            _ -> false))
                    .start();
        } catch (IOException e) {
            LOG.warn("what is here is not served meanwhile: {}", e.getMessage());
            return null;
        }
    }

    private record InterimStatus(
            Genesis genesis, int replica, String mode, UnaryOperator<GetStatusResponse.Builder> said)
            implements StatusSource {

        @Override
        public GetStatusResponse status() {
            return said.apply(GetStatusResponse.newBuilder()
                            .setReplica(replica)
                            .setCluster(ByteString.copyFrom(genesis.clusterId().toByteArray()))
                            .setMode(mode)
                            .setNotWhole(true))
                    .build();
        }

        @Override
        public long flush() throws StoreException {
            throw notNow();
        }

        @Override
        public ScrubAnswer startScrub() throws StoreException {
            throw notNow();
        }

        @Override
        public ScrubAnswer pauseScrub() throws StoreException {
            throw notNow();
        }

        private StoreException notNow() {
            return new StoreException("the replica takes no part now: it is " + mode);
        }
    }
}
