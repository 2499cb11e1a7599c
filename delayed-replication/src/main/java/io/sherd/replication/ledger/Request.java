package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a batch consists of. A request is kept as the bytes it arrived in: they are hashed, ordered and stored, and never
 * made again from the fields.
 *
 * <pre>
 *   Operation  1 (1) | client key (32) | request id (8) | payload length (4) | payload | signature (64)
 *   Seal       2 (1) | sequence (8)
 *   Rejoin     3 (1) | replica (2) | incarnation (8) | directory id (16) | signature (64)
 *   Change     4 (1) | epoch (8) | admin key (32) | count (2) | {@link MemberChange}* | signature (64)
 * </pre>
 */
public sealed interface Request {

    /** {@return the canonical bytes} */
    Bytes encoded();

    /** {@return the leaf of this request in its batch's tree: RFC 6962 over {@link #encoded()}} */
    default Digest digest() {
        return digestOf(encoded());
    }

    /**
     * A client's signed operation for the state machine. Two are equal if their bytes are.
     *
     * <p>Its digest and whether its signature holds are asked for in every step from the edge to execution, and cost more than all
     * else that is done with it there: each is found out once.
     */
    final class Operation implements Request {

        private final VerifyingKey client;
        private final long id;
        private final Bytes payload;
        private final Signature signature;
        private final Bytes encoded;
        private final Digest digest;
        private volatile @Nullable SigningDomain heldFor;

        /**
         * An operation of these fields.
         *
         * @param client the client's key, which is its identity
         * @param id the client's number for it; executed at most once
         * @param payload what the state machine is given
         * @param signature the client's, over everything before it
         * @param encoded the canonical bytes of all of this
         */
        public Operation(VerifyingKey client, long id, Bytes payload, Signature signature, Bytes encoded) {
            this.client = client;
            this.id = id;
            this.payload = payload;
            this.signature = signature;
            this.encoded = encoded;
            this.digest = digestOf(encoded);
        }

        /** {@return the client's key, which is its identity} */
        public VerifyingKey client() {
            return client;
        }

        /** {@return the client's number for it; executed at most once} */
        public long id() {
            return id;
        }

        /** {@return what the state machine is given} */
        public Bytes payload() {
            return payload;
        }

        /** {@return the client's, over everything before it} */
        public Signature signature() {
            return signature;
        }

        @Override
        public Bytes encoded() {
            return encoded;
        }

        @Override
        public Digest digest() {
            return digest;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Operation operation && encoded.equals(operation.encoded);
        }

        @Override
        public int hashCode() {
            return encoded.hashCode();
        }

        @Override
        public String toString() {
            return "Operation[client=%s, id=%d, %d bytes]".formatted(client.hex(), id, payload.size());
        }

        /** Bytes around the payload. */
        public static final int OVERHEAD_BYTES = 1 + Digest.SIZE_BYTES + 8 + 4 + Signature.SIZE_BYTES;

        /**
         * Makes and signs an operation.
         *
         * @param domain the cluster's
         * @param signer the key that signs
         * @param id the client's number for it
         * @param payload what the state machine is given
         * @return the signed request
         */
        public static Operation sign(SigningDomain domain, Signer signer, long id, Bytes payload) {
            ByteWriter writer = new ByteWriter(OVERHEAD_BYTES + payload.size());
            writer.u8(TYPE_OPERATION).digest(signer.key().raw()).u64(id).sized(payload);
            Signature signature =
                    signer.sign(domain.toSign(SigningDomain.NO_EPOCH, SignedType.REQUEST, writer.toByteArray()));
            signature.encode(writer);
            return new Operation(signer.key(), id, payload, signature, writer.toBytes());
        }

        /**
         * {@return whether the client signed exactly these bytes for this cluster} Once it did, no verifier is asked again: all
         * have the same verdict.
         *
         * @param domain the cluster's
         * @param verifier decides about signatures
         */
        public boolean isSignedFor(SigningDomain domain, SignatureVerifier verifier) {
            if (domain.equals(heldFor)) {
                return true;
            }
            boolean holds = verifier.verify(
                    client, signedBytes(domain, SigningDomain.NO_EPOCH, SignedType.REQUEST, encoded), signature);
            if (holds) {
                heldFor = domain;
            }
            return holds;
        }
    }

    /**
     * An empty closing of the segment, which an idle primary proposes so that learners are never far behind.
     *
     * @param sequence the position it is proposed for
     * @param encoded the canonical bytes
     */
    record Seal(long sequence, Bytes encoded) implements Request {

        /**
         * {@return the seal of one position}
         *
         * @param sequence the position
         */
        public static Seal at(long sequence) {
            return new Seal(
                    sequence, new ByteWriter(9).u8(TYPE_SEAL).u64(sequence).toBytes());
        }
    }

    /**
     * A replica that has forgotten what it signed asks for a new incarnation (docs/DESIGN.md, "Joining again").
     *
     * @param replica the replica
     * @param incarnation the incarnation it replaces: it is a no-op when the member table has another
     * @param directory the fresh random id of its data directory
     * @param signature the replica's, over everything before it
     * @param encoded the canonical bytes
     */
    record Rejoin(int replica, long incarnation, DirectoryId directory, Signature signature, Bytes encoded)
            implements Request {

        /**
         * Makes and signs a REJOIN.
         *
         * @param domain the cluster's
         * @param signer the key that signs
         * @param replica the replica that asks
         * @param incarnation the incarnation that it replaces
         * @param directory the fresh id of its data directory
         * @return the signed request
         */
        public static Rejoin sign(
                SigningDomain domain, Signer signer, int replica, long incarnation, DirectoryId directory) {
            ByteWriter writer = new ByteWriter();
            writer.u8(TYPE_REJOIN).u16(replica).u64(incarnation);
            directory.encode(writer);
            Signature signature =
                    signer.sign(domain.toSign(SigningDomain.NO_EPOCH, SignedType.REJOIN, writer.toByteArray()));
            signature.encode(writer);
            return new Rejoin(replica, incarnation, directory, signature, writer.toBytes());
        }

        /**
         * {@return whether {@code key}, the replica's key of the member table, signed exactly these bytes for this cluster}
         *
         * @param domain the cluster's
         * @param verifier decides about signatures
         * @param key the replica's key in the table that it must hold in
         */
        public boolean isSignedFor(SigningDomain domain, SignatureVerifier verifier, VerifyingKey key) {
            return verifier.verify(
                    key, signedBytes(domain, SigningDomain.NO_EPOCH, SignedType.REJOIN, encoded), signature);
        }
    }

    /**
     * An admin changes keys or addresses (docs/DESIGN.md, "Epochs"): it ends its epoch, alone in its entry.
     *
     * @param epoch the epoch that it ends: it is a no-op in every other one, so it is never applied twice
     * @param admin the admin's key
     * @param changes what changes, in the order that {@link MemberChange#compare} gives
     * @param signature the admin's, over everything before it
     * @param encoded the canonical bytes
     */
    record Change(long epoch, VerifyingKey admin, List<MemberChange> changes, Signature signature, Bytes encoded)
            implements Request {

        /** Checks the order of the changes, and their number. */
        public Change {
            changes = List.copyOf(changes);
            MemberChange.checkOrder(changes);
        }

        /**
         * Makes and signs a change.
         *
         * @param domain the cluster's
         * @param signer the admin's key
         * @param epoch the epoch that it ends
         * @param changes what changes, in any order
         * @return the signed request
         */
        public static Change sign(SigningDomain domain, Signer signer, long epoch, List<MemberChange> changes) {
            List<MemberChange> sorted =
                    changes.stream().sorted(MemberChange::compare).toList();
            ByteWriter writer = new ByteWriter();
            writer.u8(TYPE_CHANGE).u64(epoch).digest(signer.key().raw()).u16(sorted.size());
            sorted.forEach(change -> change.encode(writer));
            Signature signature = signer.sign(domain.toSign(epoch, SignedType.ADMIN, writer.toByteArray()));
            signature.encode(writer);
            return new Change(epoch, signer.key(), sorted, signature, writer.toBytes());
        }

        /**
         * {@return whether the admin that it names signed exactly these bytes for this cluster}
         *
         * @param domain the cluster's
         * @param verifier decides about signatures
         */
        public boolean isSignedFor(SigningDomain domain, SignatureVerifier verifier) {
            return verifier.verify(admin, signedBytes(domain, epoch, SignedType.ADMIN, encoded), signature);
        }

        /** {@return how many replicas get another key} */
        public int replacedKeys() {
            return (int) changes.stream()
                    .filter(MemberChange.ReplaceKey.class::isInstance)
                    .count();
        }

        private static Change decode(ByteReader reader, Bytes encoded) throws WireFormatException {
            long epoch = reader.u64();
            VerifyingKey admin = new VerifyingKey(reader.digest());
            int count = reader.u16();
            List<MemberChange> changes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                changes.add(MemberChange.decode(reader));
            }
            Signature signature = Signature.decode(reader);
            try {
                return new Change(epoch, admin, changes, signature, encoded);
            } catch (IllegalArgumentException e) {
                throw new WireFormatException("change: " + e.getMessage(), e);
            }
        }
    }

    /**
     * Reads one request.
     *
     * @param bytes exactly one request
     * @return the request, whose signature is not yet checked
     * @throws WireFormatException if they are not the canonical bytes of one
     */
    static Request decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int type = reader.u8();
        Request request = switch (type) {
            case TYPE_OPERATION -> {
                VerifyingKey client = new VerifyingKey(reader.digest());
                long id = reader.u64();
                Bytes payload = reader.sized(Integer.MAX_VALUE);
                yield new Operation(client, id, payload, Signature.decode(reader), bytes);
            }
            case TYPE_SEAL -> new Seal(reader.u64(), bytes);
            case TYPE_REJOIN ->
                new Rejoin(reader.u16(), reader.u64(), DirectoryId.decode(reader), Signature.decode(reader), bytes);
            case TYPE_CHANGE -> Change.decode(reader, bytes);
            default -> throw new WireFormatException("unknown request type " + type);
        };
        reader.end();
        return request;
    }

    /** Type byte of {@link Operation}. */
    int TYPE_OPERATION = 1;

    /** Type byte of {@link Seal}. */
    int TYPE_SEAL = 2;

    /** Type byte of {@link Rejoin}. */
    int TYPE_REJOIN = 3;

    /** Type byte of {@link Change}. */
    int TYPE_CHANGE = 4;

    private static Digest digestOf(Bytes encoded) {
        return MerkleHasher.leaf(encoded.readOnlyArray());
    }

    /** What a request's signature, which stands at its end, is over. */
    private static byte[] signedBytes(SigningDomain domain, long epoch, SignedType type, Bytes encoded) {
        return domain.toSign(epoch, type, encoded.readOnlyArray(), encoded.size() - Signature.SIZE_BYTES);
    }
}
