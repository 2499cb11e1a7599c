package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;

/**
 * One thing that an admin changes in the member table; a {@link Request.Change} has one or more of them.
 *
 * <pre>
 *   ReplaceKey     1 (1) | replica (2) | key (32) | TLS pin (32)
 *   ChangeAddress  2 (1) | replica (2) | peer address (text) | edge address (text)
 *   AddClient      3 (1) | key (32)
 *   RevokeClient   4 (1) | key (32)
 * </pre>
 */
public sealed interface MemberChange {

    /**
     * A replica's ledger key is lost or stolen: from the next epoch on another one signs for it, and another certificate may stand
     * for it on links. Its data directory stays the one that speaks for it.
     *
     * @param replica which
     * @param key what it signs with from then on
     * @param tlsPin SHA-256 of the SubjectPublicKeyInfo of its TLS certificate from then on
     */
    record ReplaceKey(int replica, VerifyingKey key, Digest tlsPin) implements MemberChange {}

    /**
     * A replica is reached elsewhere from the next epoch on.
     *
     * @param replica which
     * @param peerAddress {@code host:port} of its replica link
     * @param edgeAddress {@code host:port} of its public edge
     */
    record ChangeAddress(int replica, String peerAddress, String edgeAddress) implements MemberChange {

        /** Checks that both are addresses. */
        public ChangeAddress {
            HostAndPort.parse(peerAddress);
            HostAndPort.parse(edgeAddress);
        }
    }

    /**
     * A key may write from the next epoch on.
     *
     * @param key the client's
     */
    record AddClient(VerifyingKey key) implements MemberChange {}

    /**
     * A key may write no more from the next epoch on. What it wrote before stays.
     *
     * @param key the client's
     */
    record RevokeClient(VerifyingKey key) implements MemberChange {}

    /** The most that one request may change. */
    int MAX_CHANGES = 1000;

    /**
     * Checks that there is at least one change, that they are not too many, and that they are in the one order that they may have:
     * by type, then by replica or key, none twice.
     *
     * @param changes of one request
     * @throws IllegalArgumentException if not
     */
    static void checkOrder(List<MemberChange> changes) {
        if (changes.isEmpty() || changes.size() > MAX_CHANGES) {
            throw new IllegalArgumentException(
                    "%d changes in one request, 1 to %d are allowed".formatted(changes.size(), MAX_CHANGES));
        }
        for (int i = 1; i < changes.size(); i++) {
            if (compare(changes.get(i - 1), changes.get(i)) >= 0) {
                throw new IllegalArgumentException("changes are not in ascending order, each subject once");
            }
        }
    }

    /**
     * The order of changes in a request: by type, then by the replica or key that they are about.
     *
     * @param one a change
     * @param other another
     * @return less than, equal to or more than 0
     */
    static int compare(MemberChange one, MemberChange other) {
        if (type(one) != type(other)) {
            return Integer.compare(type(one), type(other));
        }
        return switch (one) {
            case ReplaceKey c -> Integer.compare(c.replica, ((ReplaceKey) other).replica);
            case ChangeAddress c -> Integer.compare(c.replica, ((ChangeAddress) other).replica);
            case AddClient c -> c.key.compareTo(((AddClient) other).key);
            case RevokeClient c -> c.key.compareTo(((RevokeClient) other).key);
        };
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    default void encode(ByteWriter writer) {
        writer.u8(type(this));
        switch (this) {
            case ReplaceKey c -> writer.u16(c.replica).digest(c.key.raw()).digest(c.tlsPin);
            case ChangeAddress c -> writer.u16(c.replica).text(c.peerAddress).text(c.edgeAddress);
            case AddClient c -> writer.digest(c.key.raw());
            case RevokeClient c -> writer.digest(c.key.raw());
        }
    }

    /**
     * Reads one change.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    static MemberChange decode(ByteReader reader) throws WireFormatException {
        int type = reader.u8();
        try {
            return switch (type) {
                case 1 -> new ReplaceKey(reader.u16(), new VerifyingKey(reader.digest()), reader.digest());
                case 2 ->
                    new ChangeAddress(
                            reader.u16(), reader.text(HostAndPort.MAX_BYTES), reader.text(HostAndPort.MAX_BYTES));
                case 3 -> new AddClient(new VerifyingKey(reader.digest()));
                case 4 -> new RevokeClient(new VerifyingKey(reader.digest()));
                default -> throw new WireFormatException("unknown member change " + type);
            };
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("member change: " + e.getMessage(), e);
        }
    }

    private static int type(MemberChange change) {
        return switch (change) {
            case ReplaceKey _ -> 1;
            case ChangeAddress _ -> 2;
            case AddClient _ -> 3;
            case RevokeClient _ -> 4;
        };
    }
}
