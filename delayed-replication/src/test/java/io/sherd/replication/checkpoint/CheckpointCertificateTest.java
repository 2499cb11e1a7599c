package io.sherd.replication.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A valid certificate, broken one step at a time. */
final class CheckpointCertificateTest {

    private final TestCluster cluster = TestCluster.of(7);
    private final TestLedger ledger = TestLedger.of(cluster, Seeds.random(CheckpointCertificateTest.class), 3);
    private final CheckpointCertificate valid = ledger.certificates().getLast();
    private final CheckpointStatement statement = valid.statement();

    private void verify(CheckpointCertificate certificate) throws InvalidCertificateException {
        certificate.verify(
                cluster.domain(), cluster.quorums(), cluster.genesis().members(), KeyedHash.VERIFIER);
    }

    private void refuses(CheckpointCertificate certificate, String message) {
        assertThatThrownBy(() -> verify(certificate))
                .isInstanceOf(InvalidCertificateException.class)
                .hasMessage(message);
    }

    private CheckpointCertificate with(SortedMap<Integer, Signature> signatures) {
        return new CheckpointCertificate(statement, signatures);
    }

    @Test
    void nMinusFSignaturesOrMoreMakeACertificate() {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int replica = 0; replica < 7; replica++) {
            signatures.put(replica, ledger.sign(replica, statement));
            CheckpointCertificate certificate = with(signatures);
            if (signatures.size() < 5) {
                refuses(
                        certificate,
                        "certificate of position %d has %d signatures, 5 are needed"
                                .formatted(statement.sequence(), signatures.size()));
            } else {
                assertThatCode(() -> verify(certificate)).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void keysOfAnotherEpochAreRefused() {
        MemberTable next = new MemberTable(
                1,
                cluster.genesis().members().members(),
                cluster.genesis().members().clients(),
                cluster.genesis().members().admins());
        assertThatThrownBy(() -> valid.verify(cluster.domain(), cluster.quorums(), next, KeyedHash.VERIFIER))
                .isInstanceOf(InvalidCertificateException.class)
                .hasMessage("certificate of epoch 0 checked with the keys of epoch 1");
    }

    @Test
    void aSignerThatIsNoReplicaIsRefused() {
        TreeMap<Integer, Signature> signatures = new TreeMap<>(valid.signatures());
        signatures.put(7, signatures.firstEntry().getValue());
        refuses(
                with(signatures),
                "certificate of position %d is signed by replica 7 of 7".formatted(statement.sequence()));
    }

    @Test
    void oneWrongSignatureAmongEnoughGoodOnesIsRefused() {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int replica = 0; replica < 7; replica++) {
            signatures.put(replica, ledger.sign(replica == 6 ? 5 : replica, statement));
        }
        refuses(
                with(signatures),
                "certificate of position %d: the signature of replica 6 does not verify"
                        .formatted(statement.sequence()));
    }

    @Test
    void everyFieldOfTheStatementIsUnderTheSignatures() {
        byte[] bytes = statement.encoded().toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            CheckpointStatement other;
            try {
                other = CheckpointStatement.decode(new ByteReader(changed));
            } catch (WireFormatException e) {
                // The last byte says that a member table follows.
                assertThat(i).isEqualTo(bytes.length - 1);
                continue;
            }
            assertThatThrownBy(() -> verify(new CheckpointCertificate(other, valid.signatures())))
                    .isInstanceOf(InvalidCertificateException.class);
        }
    }

    @Test
    void aCertificateOfAnotherClusterIsRefused() {
        TestCluster other = TestCluster.of(7, 1, 6);
        assertThatThrownBy(() -> valid.verify(
                        other.domain(), cluster.quorums(), cluster.genesis().members(), KeyedHash.VERIFIER))
                .isInstanceOf(InvalidCertificateException.class)
                .hasMessageContaining("does not verify");
    }

    @Test
    void signersOutOfOrderOrTwiceAreRefusedByTheReader() {
        for (int second : new int[] {3, 2}) {
            ByteWriter writer = new ByteWriter().raw(statement.encoded()).u16(2);
            ledger.sign(3, statement).encode(writer.u16(3));
            ledger.sign(3, statement).encode(writer.u16(second));
            assertThatThrownBy(() -> CheckpointCertificate.decode(new ByteReader(writer.toBytes())))
                    .isInstanceOf(WireFormatException.class)
                    .hasMessage("signers of a certificate are not in ascending order");
        }
    }

    @Test
    void whatIsWrittenIsReadAgainAndNoTruncationIs() throws WireFormatException {
        byte[] bytes = valid.encoded().toByteArray();
        assertThat(CheckpointCertificate.decode(new ByteReader(bytes))).isEqualTo(valid);
        for (int size = 0; size < bytes.length; size++) {
            byte[] shorter = Arrays.copyOf(bytes, size);
            assertThatThrownBy(() -> CheckpointCertificate.decode(new ByteReader(shorter)))
                    .isInstanceOf(WireFormatException.class);
        }
        byte[] closing = statement.encoded().toByteArray();
        closing[closing.length - 1] = 2;
        assertThatThrownBy(() -> CheckpointStatement.decode(new ByteReader(closing)))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("closing is 2, must be 0 or 1");
    }

    // Closed epochs

    private ClosedEpoch closed() {
        ledger.grow(1, 0, 100);
        return ledger.closedEpochs().getLast();
    }

    private MemberTable pass(ClosedEpoch closed) throws InvalidCertificateException {
        return closed.verify(
                cluster.domain(), cluster.quorums(), cluster.genesis().members(), KeyedHash.VERIFIER);
    }

    @Test
    void aClosedEpochLeadsToTheNextMemberTable() throws InvalidCertificateException, WireFormatException {
        ClosedEpoch closed = closed();
        assertThat(pass(closed)).isEqualTo(ledger.members());
        assertThat(closed.epoch()).isZero();
        assertThat(ClosedEpoch.decode(closed.encoded())).isEqualTo(closed);
        Bytes longer = new ByteWriter().raw(closed.encoded()).u8(0).toBytes();
        assertThatThrownBy(() -> ClosedEpoch.decode(longer)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void anotherMemberTableThanTheBoundOneIsRefused() {
        ClosedEpoch wrong =
                new ClosedEpoch(closed().certificate(), cluster.genesis().members());
        assertThatThrownBy(() -> pass(wrong))
                .isInstanceOf(InvalidCertificateException.class)
                .hasMessage("the certificate that closes epoch 0 binds another member table");
    }

    @Test
    void aCertificateThatClosesNothingIsRefused() {
        ClosedEpoch wrong = new ClosedEpoch(valid, cluster.genesis().members());
        assertThatThrownBy(() -> pass(wrong)).hasMessageContaining("binds another member table");
    }

    @Test
    void aBoundTableOfAnotherEpochOrSizeIsRefused() {
        MemberTable now = cluster.genesis().members();
        for (MemberTable next : new MemberTable[] {
            new MemberTable(2, now.members(), now.clients(), now.admins()),
            new MemberTable(1, now.members().subList(0, 6), now.clients(), now.admins())
        }) {
            CheckpointCertificate certificate = ledger.certify(new CheckpointStatement(
                    0, 9, Digest.ZERO, 3, Digest.ZERO, 0, Digest.ZERO, Optional.of(next.digest())));
            assertThatThrownBy(() -> pass(new ClosedEpoch(certificate, next)))
                    .isInstanceOf(InvalidCertificateException.class)
                    .hasMessage("epoch 0 cannot be followed by epoch %d with %d replicas"
                            .formatted(next.epoch(), next.members().size()));
        }
    }
}
