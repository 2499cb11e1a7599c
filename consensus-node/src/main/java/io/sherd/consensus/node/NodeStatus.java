package io.sherd.consensus.node;

import com.google.protobuf.ByteString;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.consensus.ledger.HeldRange;
import io.sherd.consensus.ledger.LedgerPipeline;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.HeldSegments;
import io.sherd.consensus.rpc.PeerStatus;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.transport.LinkStatus;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a running node says of itself. Thread-safe. */
final class NodeStatus implements StatusSource {

    private static final long FLUSH_SECONDS = 120;

    private final NodeAssembly node;
    private final NodeScrub scrub;

    NodeStatus(NodeAssembly node, NodeScrub scrub) {
        this.node = node;
        this.scrub = scrub;
    }

    @Override
    public GetStatusResponse status() throws StoreException {
        Inspection core = node.driver.inspection();
        LedgerPipeline.Upkeep upkeep = node.pipeline.upkeep();
        GetStatusResponse.Builder status = GetStatusResponse.newBuilder()
                .setReplica(node.replica)
                .setCluster(ByteString.copyFrom(node.genesis.clusterId().toByteArray()))
                .setEpoch(core.epoch())
                .setView(core.view())
                .setPrimary(core.primary())
                .setMode(nameOf(core.mode()))
                .setWithoutViewMillis(
                        core.ticksWithoutView() * DriverOptions.DEFAULT.tick().toMillis())
                .setAskingForView(core.askingForView())
                .setExecuted(node.sessions.executed())
                .setStable(core.stable())
                .setSegments(node.pipeline.segmentCount())
                .setUndropped(upkeep.undropped())
                .setArchiveDamaged(node.stores.pieces().isDamaged())
                .setLogPlainBytes(upkeep.loggedPlainBytes())
                .setPending(node.gateway.waitingCount())
                .setHints(upkeep.hints().stream().mapToLong(Long::longValue).sum())
                .setNotWhole(!node.receipts.isWhole())
                .setScrub(scrub.answer())
                .setVersion(version());
        try {
            status.setArchiveBytes(
                            DirectorySizes.allocatedBytes(node.stores.layout().archive()))
                    .setStateBytes(
                            DirectorySizes.allocatedBytes(node.stores.layout().state()))
                    .setVoteBytes(
                            DirectorySizes.allocatedBytes(node.stores.layout().votes()));
        } catch (IOException e) {
            throw new StoreException("the data directory cannot be measured", e);
        }
        for (LinkStatus link : node.transport.links()) {
            status.addPeers(peer(link, upkeep));
        }
        upkeep.held().forEach(range -> status.addHeld(held(range)));
        node.driver.ignoredCounts().forEach((reason, count) -> status.putIgnored(reason.name(), count));
        node.ledger.refusedReceipts().forEach((reason, count) -> status.putIgnored(reason, count.get()));
        return status.build();
    }

    @Override
    public long flush() throws StoreException {
        CompletableFuture<Long> flushed = new CompletableFuture<>();
        boolean taken = node.pipeline.maintain((pieces, _, _) -> {
            pieces.flushAndCompact();
            flushed.complete(0L);
        });
        if (!taken) {
            throw new StoreException("the archive has too much to do to be flushed now");
        }
        try {
            var _ = flushed.get(FLUSH_SECONDS, TimeUnit.SECONDS);
            return DirectorySizes.allocatedBytes(node.stores.layout().archive());
        } catch (TimeoutException | ExecutionException | IOException e) {
            throw new StoreException("the archive was not flushed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("the archive was not flushed: the node stops", e);
        }
    }

    @Override
    public ScrubAnswer startScrub() throws StoreException {
        scrub.driver().start();
        return scrub.answer();
    }

    @Override
    public ScrubAnswer pauseScrub() throws StoreException {
        scrub.driver().pause();
        return scrub.answer();
    }

    /** Before every own piece was checked, none of those that this process did not seal is promised. */
    private HeldSegments held(HeldRange range) {
        boolean own = node.receipts.isWhole() || range.first() >= node.receipts.sealedHere();
        return HeldSegments.newBuilder()
                .setFirst(range.first())
                .setEnd(range.end())
                .setFull(range.full())
                .setOwn(own)
                .addAllHints(range.hints().toList())
                .build();
    }

    private PeerStatus peer(LinkStatus link, LedgerPipeline.Upkeep upkeep) {
        PeerStatus.Builder peer =
                PeerStatus.newBuilder().setReplica(link.replica()).setConnected(link.connected());
        Message.Status said = node.driver.statusOf(link.replica());
        if (said != null) {
            peer.setExecuted(said.executed()).setStable(said.stable());
        }
        if (link.replica() < upkeep.missingReceipts().size()) {
            peer.setMissingReceipts(upkeep.missingReceipts().get(link.replica()))
                    .setHints(upkeep.hints().get(link.replica()));
        }
        return peer.build();
    }

    private static String nameOf(Mode mode) {
        return switch (mode) {
            case Mode.Asking _ -> "asking";
            case Mode.Active _, Mode.Closing _ -> "normal";
            case Mode.ChangingView _ -> "view-change";
            case Mode.Rejoining _ -> "rejoining";
        };
    }

    private static String version() {
        String version = NodeStatus.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
