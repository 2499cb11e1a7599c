package io.sherd.replication.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RequestTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final KeyedHash client = cluster.client();
    private final Request.Operation operation =
            Request.Operation.sign(cluster.domain(), client, 5, Bytes.wrap(new byte[] {1, 2, 3}));
    private final Request.Rejoin rejoin =
            Request.Rejoin.sign(cluster.domain(), cluster.replicas().get(1), 1, 9, TestCluster.directory(1));

    private final Request.Change change = Request.Change.sign(
            cluster.domain(),
            client,
            3,
            List.of(
                    new MemberChange.AddClient(KeyedHash.named("another").key()),
                    new MemberChange.ReplaceKey(1, KeyedHash.named("new").key(), TestCluster.hash("pin"))));

    @Test
    void everyKindIsReadAgainFromItsBytesAlone() throws WireFormatException {
        for (Request request : List.of(operation, Request.Seal.at(77), rejoin, change)) {
            assertThat(Request.decode(request.encoded())).isEqualTo(request);
            assertThat(request.digest())
                    .isEqualTo(MerkleHasher.leaf(request.encoded().toByteArray()));
        }
        assertThat(operation.encoded().size()).isEqualTo(Request.Operation.OVERHEAD_BYTES + 3);
    }

    @Test
    void anOperationIsSignedForItsClusterByItsClient() {
        assertThat(operation.isSignedFor(cluster.domain(), KeyedHash.VERIFIER)).isTrue();
        assertThat(operation.isSignedFor(TestCluster.of(5).domain(), KeyedHash.VERIFIER))
                .isFalse();
    }

    @Test
    void aSignatureThatHeldForAClusterIsNotCheckedAgainForThatOne() throws WireFormatException {
        AtomicInteger checks = new AtomicInteger();
        SignatureVerifier counting = (key, message, signature) -> {
            checks.incrementAndGet();
            return KeyedHash.VERIFIER.verify(key, message, signature);
        };
        Request.Operation read = (Request.Operation) Request.decode(operation.encoded());

        assertThat(read.isSignedFor(cluster.domain(), counting)).isTrue();
        assertThat(read.isSignedFor(cluster.domain(), counting)).isTrue();
        assertThat(checks).hasValue(1);
        assertThat(read.isSignedFor(TestCluster.of(5).domain(), counting)).isFalse();
        assertThat(read.isSignedFor(TestCluster.of(5).domain(), counting)).isFalse();
        assertThat(checks).hasValue(3);
    }

    @Test
    void noByteOfAnOperationCanBeChangedUnderItsSignature() {
        byte[] bytes = operation.encoded().toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            try {
                Request request = Request.decode(Bytes.wrap(changed));
                assertThat(request)
                        .isInstanceOfSatisfying(
                                Request.Operation.class,
                                other -> assertThat(other.isSignedFor(cluster.domain(), KeyedHash.VERIFIER))
                                        .isFalse());
            } catch (WireFormatException e) {
                // The type, or the payload's length: it is no operation any more.
                assertThat(i == 0 || (i >= 41 && i < 45)).isTrue();
            }
        }
    }

    @Test
    void aRejoinIsSignedByTheReplicasKeyAndOutlivesItsEpoch() {
        assertThat(rejoin.isSignedFor(
                        cluster.domain(),
                        KeyedHash.VERIFIER,
                        cluster.replicas().get(1).key()))
                .isTrue();
        assertThat(rejoin.isSignedFor(
                        cluster.domain(),
                        KeyedHash.VERIFIER,
                        cluster.replicas().get(2).key()))
                .isFalse();
    }

    @Test
    void aChangeIsSignedByTheAdminThatItNamesForOneEpochOfOneCluster() {
        assertThat(change.isSignedFor(cluster.domain(), KeyedHash.VERIFIER)).isTrue();
        assertThat(change.isSignedFor(TestCluster.of(5).domain(), KeyedHash.VERIFIER))
                .isFalse();
        byte[] otherEpoch = change.encoded().toByteArray();
        otherEpoch[8]++;
        assertThat(decodedChange(otherEpoch).isSignedFor(cluster.domain(), KeyedHash.VERIFIER))
                .isFalse();
    }

    @Test
    void changesHaveOneOrderAndEachSubjectOnce() {
        assertThat(change.changes().getFirst()).isInstanceOf(MemberChange.ReplaceKey.class);
        assertThat(change.replacedKeys()).isEqualTo(1);
        MemberChange add = new MemberChange.AddClient(client.key());
        assertThatThrownBy(() -> Request.Change.sign(cluster.domain(), client, 0, List.of(add, add)))
                .hasMessage("changes are not in ascending order, each subject once");
        assertThatThrownBy(() -> Request.Change.sign(cluster.domain(), client, 0, List.of()))
                .hasMessage("0 changes in one request, 1 to 1000 are allowed");
        ByteWriter swapped = new ByteWriter()
                .u8(Request.TYPE_CHANGE)
                .u64(3)
                .digest(client.key().raw())
                .u16(2);
        change.changes().reversed().forEach(each -> each.encode(swapped));
        refuses(swapped.raw(new byte[64]).toByteArray(), "changes are not in ascending order");
    }

    @Test
    void aChangeToWhatIsNoAddressIsRefused() {
        assertThatThrownBy(() -> new MemberChange.ChangeAddress(1, "host", "host:1"))
                .hasMessageContaining("\"host\" is not host:port");
        byte[] bytes = new ByteWriter()
                .u8(Request.TYPE_CHANGE)
                .u64(3)
                .digest(client.key().raw())
                .u16(1)
                .u8(2)
                .u16(1)
                .text("host:1")
                .text("host:0")
                .raw(new byte[64])
                .toByteArray();
        refuses(bytes, "\"host:0\" has no port from 1 to 65535");
        bytes[43] = 5;
        refuses(bytes, "unknown member change 5");
    }

    private static Request.Change decodedChange(byte[] bytes) {
        try {
            return (Request.Change) Request.decode(Bytes.copyOf(bytes));
        } catch (WireFormatException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anUnknownTypeATruncationAndATailAreRefused() {
        refuses(new byte[] {9}, "unknown request type 9");
        refuses(new byte[0], "u8 of 1 bytes");
        for (Request request : List.of(operation, Request.Seal.at(77), rejoin, change)) {
            byte[] bytes = request.encoded().toByteArray();
            refuses(Arrays.copyOf(bytes, bytes.length + 1), "1 bytes after the end");
            for (int size = 0; size < bytes.length; size++) {
                refuses(Arrays.copyOf(bytes, size), "");
            }
        }
    }

    @Test
    void aPayloadLengthBeyondTheBytesIsRefused() {
        byte[] huge = new ByteWriter()
                .u8(Request.TYPE_OPERATION)
                .digest(client.key().raw())
                .u64(1)
                .u32(Integer.MAX_VALUE)
                .toByteArray();
        refuses(huge, "bytes of 2147483647 bytes");
    }

    private static void refuses(byte[] bytes, String message) {
        assertThatThrownBy(() -> Request.decode(Bytes.copyOf(bytes)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(message);
    }
}
