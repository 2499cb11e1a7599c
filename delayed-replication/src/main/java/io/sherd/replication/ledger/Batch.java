package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * What PBFT orders at one sequence number: requests, in order. Bytes: {@code count (4) | (length (4) | request)*}.
 *
 * <p>The digest is the RFC 6962 root over the requests' bytes, so that one request can be proved without the others.
 */
public final class Batch {

    /** The most requests that one batch may hold. */
    public static final int MAX_REQUESTS = 1 << 16;

    /** PBFT's null request: no requests at all. */
    public static final Batch NULL = new Batch(List.of());

    private final List<Request> requests;
    private final Digest digest;
    private final int sizeBytes;

    private Batch(List<Request> requests) {
        this.requests = List.copyOf(requests);
        this.digest = tree(this.requests).root();
        int size = 4;
        for (Request request : this.requests) {
            size = Math.addExact(size, 4 + request.encoded().size());
        }
        this.sizeBytes = size;
    }

    /** What a batch is for; requests of different kinds never share one. */
    public enum Kind {
        /** PBFT's null request. */
        NULL,
        /** Operations of clients. */
        OPERATIONS,
        /** One seal: closes the segment. */
        SEAL,
        /** Requests that end the epoch: closes the segment and the epoch. */
        EPOCH
    }

    /**
     * A batch of requests, which must all be of one kind.
     *
     * @param requests the requests, in order
     * @return the batch; {@link #NULL} for no requests
     * @throws IllegalArgumentException if they are not, or are more than {@link #MAX_REQUESTS}
     */
    public static Batch of(List<? extends Request> requests) {
        if (requests.isEmpty()) {
            return NULL;
        }
        if (requests.size() > MAX_REQUESTS) {
            throw new IllegalArgumentException(requests.size() + " requests in one batch, at most " + MAX_REQUESTS);
        }
        Batch batch = new Batch(List.copyOf(requests));
        for (Request request : requests) {
            if (kindOf(request) != batch.kind()) {
                throw new IllegalArgumentException("a batch of " + batch.kind() + " cannot hold " + kindOf(request));
            }
        }
        if (batch.kind() == Kind.SEAL && requests.size() != 1) {
            throw new IllegalArgumentException("a batch holds one seal, not " + requests.size());
        }
        if (requests.size() != 1 && requests.stream().anyMatch(Request.Change.class::isInstance)) {
            throw new IllegalArgumentException("an admin's change is alone in its batch");
        }
        return batch;
    }

    /** {@return the requests, in order} */
    public List<Request> requests() {
        return requests;
    }

    /** {@return RFC 6962 root over the requests' bytes} */
    public Digest digest() {
        return digest;
    }

    /** {@return size of {@link #encode}'s bytes} */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** {@return what the batch is for} */
    public Kind kind() {
        return requests.isEmpty() ? Kind.NULL : kindOf(requests.getFirst());
    }

    /** {@return the tree whose root is {@link #digest()}} */
    public MerkleTree tree() {
        return tree(requests);
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u32(requests.size());
        for (Request request : requests) {
            writer.sized(request.encoded());
        }
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter(sizeBytes);
        encode(writer);
        return writer.toBytes();
    }

    /**
     * Reads one batch and leaves the reader behind it.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @param limitBytes the most bytes that the batch may take
     * @return what stood there
     * @throws WireFormatException if the bytes are not a batch, or it is too large
     */
    public static Batch decode(ByteReader reader, int limitBytes) throws WireFormatException {
        int start = reader.position();
        int count = reader.count(MAX_REQUESTS, "requests in a batch");
        List<Request> requests = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            requests.add(Request.decode(reader.sized(limitBytes)));
            if (reader.position() - start > limitBytes) {
                throw new WireFormatException("a batch of more than " + limitBytes + " bytes");
            }
        }
        try {
            return of(requests);
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("batch: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof Batch that && requests.equals(that.requests);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return "%s of %d (%s)".formatted(kind(), requests.size(), digest.shortHex());
    }

    private static Kind kindOf(Request request) {
        return switch (request) {
            case Request.Operation o -> Kind.OPERATIONS;
            case Request.Seal s -> Kind.SEAL;
            case Request.Rejoin r -> Kind.EPOCH;
            case Request.Change c -> Kind.EPOCH;
        };
    }

    private static MerkleTree tree(List<Request> requests) {
        return MerkleTree.of(requests.stream().map(Request::digest).toList());
    }
}
