package io.sherd.replication.checkpoint;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * A replica's signed word that its own pieces of a range of segments are durable. It binds the history root, so it cannot be
 * made before the segments exist. A signature on a segment's own checkpoint says the same for that segment.
 *
 * <pre>
 *   epoch 8 | replica 2 | first segment 8 | segment count 8 | history root 32 | signature 64
 * </pre>
 *
 * @param epoch the epoch whose key signs
 * @param replica the replica, and so the piece index
 * @param firstSegment the first segment of the range
 * @param segmentCount the end of the range, exclusive; also the count that the history root is over
 * @param historyRoot the history root over the first {@code segmentCount} commitments
 * @param signature the replica's
 */
public record StorageReceipt(
        long epoch, int replica, long firstSegment, long segmentCount, Digest historyRoot, Signature signature) {

    /** Checks the range. */
    public StorageReceipt {
        if (firstSegment < 0 || firstSegment >= segmentCount) {
            throw new IllegalArgumentException("a receipt for segments %d to %d".formatted(firstSegment, segmentCount));
        }
    }

    /**
     * Makes and signs a receipt.
     *
     * @param domain the cluster's
     * @param signer the key that signs
     * @param epoch the epoch whose key signs
     * @param replica the signer, and so the piece index
     * @param firstSegment the first segment of the range
     * @param segmentCount the end of the range, exclusive; also the count that the history root is over
     * @param historyRoot the history root over these commitments
     * @return the signed receipt
     */
    public static StorageReceipt sign(
            SigningDomain domain,
            Signer signer,
            long epoch,
            int replica,
            long firstSegment,
            long segmentCount,
            Digest historyRoot) {
        byte[] body = body(epoch, replica, firstSegment, segmentCount, historyRoot);
        Signature signature = signer.sign(domain.toSign(epoch, SignedType.RECEIPT, body));
        return new StorageReceipt(epoch, replica, firstSegment, segmentCount, historyRoot, signature);
    }

    /**
     * {@return whether {@code key}, the replica's key in {@link #epoch()}, signed this}
     *
     * @param domain the cluster's
     * @param verifier decides about signatures
     * @param key the replica's key in that epoch
     */
    public boolean isSignedFor(SigningDomain domain, SignatureVerifier verifier, VerifyingKey key) {
        byte[] body = body(epoch, replica, firstSegment, segmentCount, historyRoot);
        return verifier.verify(key, domain.toSign(epoch, SignedType.RECEIPT, body), signature);
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter();
        writer.raw(body(epoch, replica, firstSegment, segmentCount, historyRoot));
        signature.encode(writer);
        return writer.toBytes();
    }

    /**
     * Reads a receipt and leaves the reader behind it.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static StorageReceipt decode(ByteReader reader) throws WireFormatException {
        try {
            return new StorageReceipt(
                    reader.u64(), reader.u16(), reader.u64(), reader.u64(), reader.digest(), Signature.decode(reader));
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("receipt: " + e.getMessage(), e);
        }
    }

    private static byte[] body(long epoch, int replica, long firstSegment, long segmentCount, Digest historyRoot) {
        return new ByteWriter()
                .u64(epoch)
                .u16(replica)
                .u64(firstSegment)
                .u64(segmentCount)
                .digest(historyRoot)
                .toByteArray();
    }
}
