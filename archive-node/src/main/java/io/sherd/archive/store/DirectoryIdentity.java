package io.sherd.archive.store;

import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;

/**
 * Who a data directory belongs to and how far it got: the file {@code identity}, a {@link StoredRecord} of
 *
 * <pre>
 *   cluster id 32 | replica 2 | directory id 16 | standing 1 | replaced incarnation 8, if standing is rejoining
 * </pre>
 *
 * @param owner the replica
 * @param directoryId the random name of this directory; while rejoining, the one that the REJOIN announces
 * @param standing what it may sign
 */
public record DirectoryIdentity(StoreOwner owner, DirectoryId directoryId, Standing standing) {

    /** The only version of the file that is read. */
    public static final int FORMAT_VERSION = 1;

    private static final int UNUSED = 0;
    private static final int MEMBER = 1;
    private static final int REJOINING = 2;

    /** What a directory may sign. Legal changes: unused to member; any to rejoining; rejoining to member. */
    public sealed interface Standing {

        /** Made by {@code init}: nothing was ever signed from it, so it may found a cluster, or join one by itself. */
        record Unused() implements Standing {}

        /** It signed something, or is about to: it speaks for its replica as far as its records go. */
        record Member() implements Standing {}

        /**
         * It replaces a directory that is lost, and signs nothing but a REJOIN until the epoch which that opens.
         *
         * @param replacedIncarnation the incarnation that the REJOIN names
         */
        record Rejoining(long replacedIncarnation) implements Standing {}
    }

    /** The identity of a directory that {@code init} makes. */
    public static DirectoryIdentity unused(StoreOwner owner, DirectoryId directoryId) {
        return new DirectoryIdentity(owner, directoryId, new Standing.Unused());
    }

    /** This identity once something may be signed. */
    public DirectoryIdentity member() {
        return new DirectoryIdentity(owner, directoryId, new Standing.Member());
    }

    /** This identity with a fresh directory id, about to ask for a new incarnation. */
    public DirectoryIdentity rejoining(DirectoryId fresh, long replacedIncarnation) {
        return new DirectoryIdentity(owner, fresh, new Standing.Rejoining(replacedIncarnation));
    }

    /** The content of the file. */
    public byte[] encoded() {
        ByteWriter writer = new ByteWriter();
        owner.encode(writer);
        directoryId.encode(writer);
        switch (standing) {
            case Standing.Unused() -> writer.u8(UNUSED);
            case Standing.Member() -> writer.u8(MEMBER);
            case Standing.Rejoining(long incarnation) -> writer.u8(REJOINING).u64(incarnation);
        }
        return StoredRecord.encode(StoredRecord.Kind.IDENTITY, FORMAT_VERSION, writer.toByteArray());
    }

    /** Reads the content of the file. */
    public static DirectoryIdentity decode(byte[] file) throws WireFormatException {
        ByteReader reader = StoredRecord.open(file, StoredRecord.Kind.IDENTITY, FORMAT_VERSION);
        StoreOwner owner = StoreOwner.decode(reader);
        DirectoryId directoryId = DirectoryId.decode(reader);
        int standing = reader.u8();
        DirectoryIdentity identity = new DirectoryIdentity(
                owner,
                directoryId,
                switch (standing) {
                    case UNUSED -> new Standing.Unused();
                    case MEMBER -> new Standing.Member();
                    case REJOINING -> new Standing.Rejoining(reader.u64());
                    default -> throw new WireFormatException("unknown standing " + standing);
                });
        reader.end();
        return identity;
    }
}
