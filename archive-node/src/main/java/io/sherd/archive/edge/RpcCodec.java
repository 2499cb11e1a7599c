package io.sherd.archive.edge;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.sherd.archive.rpc.GetStateResponse;
import io.sherd.archive.rpc.StateInner;
import io.sherd.archive.rpc.StateLeaves;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Between the messages of the edge and the values they carry. Reading refuses whatever is not the one encoding of a value. */
final class RpcCodec {

    private static final int CHILDREN = 16;

    private RpcCodec() {}

    /** The bytes as they are; nothing is copied. */
    static ByteString bytes(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.readOnlyArray());
    }

    static Bytes bytes(ByteString bytes) {
        return Bytes.wrap(bytes.toByteArray());
    }

    static CheckpointCertificate certificate(ByteString bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes.toByteArray());
        CheckpointCertificate certificate = CheckpointCertificate.decode(reader);
        reader.end();
        return certificate;
    }

    static List<CheckpointCertificate> certificates(List<ByteString> encoded) throws WireFormatException {
        List<CheckpointCertificate> certificates = new ArrayList<>(encoded.size());
        for (ByteString bytes : encoded) {
            certificates.add(certificate(bytes));
        }
        return certificates;
    }

    static List<ClosedEpoch> closedEpochs(List<ByteString> encoded) throws WireFormatException {
        List<ClosedEpoch> closed = new ArrayList<>(encoded.size());
        for (ByteString bytes : encoded) {
            closed.add(ClosedEpoch.decode(bytes(bytes)));
        }
        return closed;
    }

    static List<StorageReceipt> receipts(List<ByteString> encoded) throws WireFormatException {
        List<StorageReceipt> receipts = new ArrayList<>(encoded.size());
        for (ByteString bytes : encoded) {
            ByteReader reader = new ByteReader(bytes.toByteArray());
            receipts.add(StorageReceipt.decode(reader));
            reader.end();
        }
        return receipts;
    }

    static ByteString commitments(List<Commitment> commitments) {
        ByteWriter writer = new ByteWriter(commitments.size() * Commitment.SIZE_BYTES);
        commitments.forEach(commitment -> commitment.encode(writer));
        return UnsafeByteOperations.unsafeWrap(writer.toByteArray());
    }

    static List<Commitment> commitments(ByteString encoded) throws WireFormatException {
        ByteReader reader = new ByteReader(encoded.toByteArray());
        List<Commitment> commitments = new ArrayList<>();
        while (reader.remaining() > 0) {
            commitments.add(Commitment.decode(reader));
        }
        return commitments;
    }

    static GetStateResponse state(StateChunk chunk) {
        return switch (chunk) {
            case StateChunk.Inner(SortedMap<Integer, Digest> children) -> {
                int bitmap = 0;
                ByteWriter digests = new ByteWriter(children.size() * Digest.SIZE_BYTES);
                for (var child : children.entrySet()) {
                    bitmap |= 1 << child.getKey();
                    digests.digest(child.getValue());
                }
                yield GetStateResponse.newBuilder()
                        .setInner(StateInner.newBuilder().setBitmap(bitmap).setDigests(bytes(digests.toBytes())))
                        .build();
            }
            case StateChunk.Leaves(List<StateLeaf> leaves) -> {
                StateLeaves.Builder message = StateLeaves.newBuilder();
                leaves.forEach(leaf -> message.addLeaves(bytes(leaf.encoded())));
                yield GetStateResponse.newBuilder().setLeaves(message).build();
            }
        };
    }

    static StateChunk state(GetStateResponse response) throws WireFormatException {
        return switch (response.getPartCase()) {
            case INNER -> inner(response.getInner());
            case LEAVES -> leaves(response.getLeaves());
            case PART_NOT_SET -> throw new WireFormatException("a part of a state that is neither inner nor leaves");
        };
    }

    private static StateChunk inner(StateInner message) throws WireFormatException {
        int bitmap = message.getBitmap();
        if (bitmap == 0 || bitmap >>> CHILDREN != 0) {
            throw new WireFormatException("children %x of a node with 16 places".formatted(bitmap));
        }
        ByteReader reader = new ByteReader(message.getDigests().toByteArray());
        SortedMap<Integer, Digest> children = new TreeMap<>();
        for (int nibble = 0; nibble < CHILDREN; nibble++) {
            if ((bitmap >>> nibble & 1) == 1) {
                children.put(nibble, reader.digest());
            }
        }
        reader.end();
        return new StateChunk.Inner(children);
    }

    private static StateChunk leaves(StateLeaves message) throws WireFormatException {
        List<StateLeaf> leaves = new ArrayList<>(message.getLeavesCount());
        for (ByteString bytes : message.getLeavesList()) {
            ByteReader reader = new ByteReader(bytes.toByteArray());
            leaves.add(StateLeaf.decode(reader, bytes.size()));
            reader.end();
        }
        return new StateChunk.Leaves(leaves);
    }
}
