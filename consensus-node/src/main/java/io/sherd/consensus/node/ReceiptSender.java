package io.sherd.consensus.node;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.transport.LinkStatus;
import io.sherd.consensus.transport.Transport;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.WireFormatException;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells peers that this replica's own pieces are durable, so that they may let the full bytes go. A signature on a checkpoint
 * says so too, but may come too late for its certificate, or be lost: so a receipt follows for what was sealed since the last
 * one, and one over everything for a peer whose link comes up. A receipt that comes twice changes nothing, so none is
 * acknowledged.
 *
 * <p>A replica that joined again says nothing about older segments before it has read and checked its piece of each of them.
 * Used by the sealing thread only.
 */
final class ReceiptSender {

    private static final Logger LOG = LoggerFactory.getLogger(ReceiptSender.class);
    private static final int CHECKED_AT_ONCE = 64;
    private static final long NONE = -1;
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final SigningDomain domain;
    private final Signer signer;
    private final int replica;
    private final Transport transport;
    private final MemberHistory members;

    /** Segments from this one on were sealed by this process. */
    private final long sealedHere;

    /** Own pieces of the segments below are checked; up to {@link #sealedHere}. */
    private volatile long checked;

    private long lastCovered;
    private long lastBroadcast = System.nanoTime();

    /** Peers that know everything, since their link came up. */
    private final BitSet told = new BitSet();

    /** A segment whose own piece is missing or damaged; none if negative. */
    private volatile long damaged = NONE;

    private boolean complained;

    /**
     * A sender that knows of nothing sent.
     *
     * @param mustCheck whether older pieces have to be read first
     * @param segmentCount segments that were sealed before the start
     */
    ReceiptSender(
            SigningDomain domain,
            Signer signer,
            int replica,
            Transport transport,
            MemberHistory members,
            boolean mustCheck,
            long segmentCount) {
        this.domain = domain;
        this.signer = signer;
        this.replica = replica;
        this.transport = transport;
        this.members = members;
        this.sealedHere = segmentCount;
        this.checked = mustCheck ? 0 : segmentCount;
        this.lastCovered = segmentCount;
    }

    /** Checks some more of the older pieces, and sends what is due. */
    void send(PieceStore pieces, long segmentCount, Optional<Digest> historyRoot) throws StoreException {
        if (historyRoot.isEmpty()) {
            return;
        }
        if (!isWhole()) {
            check(pieces);
        }
        BitSet up = new BitSet();
        transport.links().stream().filter(LinkStatus::connected).forEach(link -> up.set(link.replica()));
        BitSet met = (BitSet) up.clone();
        met.andNot(told);
        told.and(up);
        boolean due = segmentCount > lastCovered || System.nanoTime() - lastBroadcast >= AGAIN_NANOS;
        long first = isWhole() ? 0 : sealedHere;
        if (first == segmentCount || (met.isEmpty() && !due)) {
            return;
        }
        StorageReceipt receipt = StorageReceipt.sign(
                domain, signer, members.current().epoch(), replica, first, segmentCount, historyRoot.get());
        pieces.putReceipt(receipt);
        told.or(met);
        if (due) {
            lastCovered = segmentCount;
            lastBroadcast = System.nanoTime();
            transport.broadcast(new Message.Receipt(receipt));
        } else {
            met.stream().forEach(peer -> transport.send(peer, new Message.Receipt(receipt)));
        }
    }

    /** Whether every own piece is known to be here. Any thread may ask. */
    boolean isWhole() {
        return checked >= sealedHere;
    }

    /** A segment whose own piece must be made anew before this replica is whole. Any thread may ask. */
    OptionalLong damaged() {
        long segment = damaged;
        return segment == NONE ? OptionalLong.empty() : OptionalLong.of(segment);
    }

    /** The own piece of a segment was made anew: it is checked again. Any thread may call. */
    void repaired(long segment) {
        if (damaged == segment) {
            damaged = NONE;
        }
    }

    /** Segments from this one on were sealed by this process, so their own pieces are here. */
    long sealedHere() {
        return sealedHere;
    }

    private void check(PieceStore pieces) throws StoreException {
        long end = Math.min(sealedHere, checked + CHECKED_AT_ONCE);
        long good = checked;
        while (good < end && holdsOwnPiece(pieces, good)) {
            good++;
        }
        checked = good;
        if (isWhole()) {
            LOG.info("an own piece of each of {} segments is here", sealedHere);
            told.clear();
        }
    }

    private boolean holdsOwnPiece(PieceStore pieces, long segment) throws StoreException {
        Commitment commitment = pieces.commitment(segment).orElseThrow();
        String problem;
        try {
            Optional<Piece> piece = pieces.piece(segment, replica);
            if (piece.isPresent()) {
                piece.get().verify(commitment);
                return true;
            }
            problem = "is missing";
        } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
            problem = "is damaged: " + e.getMessage();
        }
        damaged = segment;
        if (!complained) {
            complained = true;
            LOG.warn("own piece of segment {} {}; this replica votes, but is not whole yet", segment, problem);
        }
        return false;
    }
}
