package io.sherd.replication.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LedgerEntryTest {

    private static final Digest BEFORE = TestCluster.hash("before");

    @Test
    void theLedgerHashAndTheLeafAreAsWritten() {
        Batch batch = Batch.of(List.of(Request.Seal.at(9)));
        byte[] tail = new ByteWriter().u64(9).digest(batch.digest()).toByteArray();

        assertThat(new LedgerEntry(9, batch).ledgerHash(BEFORE))
                .isEqualTo(Sha256.of(new byte[] {2}, BEFORE.toByteArray(), tail));
        assertThat(new LedgerEntry(9, batch).leaf()).isEqualTo(Sha256.of(new byte[] {0}, tail));
    }

    @Test
    void theHashChangesWithThePositionTheBatchAndWhatWasBefore() {
        LedgerEntry entry = new LedgerEntry(9, Batch.NULL);
        assertThat(List.of(
                        entry.ledgerHash(BEFORE),
                        new LedgerEntry(10, Batch.NULL).ledgerHash(BEFORE),
                        new LedgerEntry(9, Batch.of(List.of(Request.Seal.at(9)))).ledgerHash(BEFORE),
                        entry.ledgerHash(Digest.ZERO)))
                .doesNotHaveDuplicates();
    }

    @Test
    void positionsStartAtOne() {
        assertThatThrownBy(() -> new LedgerEntry(0, Batch.NULL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("positions start at 1, not 0");
    }

    @Test
    void keysSignaturesAndDirectoryIdsHaveOneSize() throws WireFormatException {
        assertThatThrownBy(() -> new Signature(Bytes.wrap(new byte[63])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a signature has 64 bytes, not 63");
        assertThatThrownBy(() -> new DirectoryId(Bytes.wrap(new byte[17])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a directory id has 16 bytes, not 17");
        VerifyingKey key = KeyedHash.named("x").key();
        assertThat(VerifyingKey.fromHex(key.hex())).isEqualTo(key);
        assertThat(key).hasToString(key.raw().shortHex());
        DirectoryId directory = TestCluster.directory(3);
        assertThat(DirectoryId.decode(new ByteReader(directory.bytes()))).isEqualTo(directory);
        assertThat(directory).hasToString(directory.bytes().hex());
    }

    @Test
    void nothingSignedForOneClusterEpochOrTypeIsTheSameForAnother() {
        SigningDomain domain = new SigningDomain(TestCluster.hash("cluster"));
        byte[] body = {1, 2, 3};
        byte[] signed = domain.toSign(4, SignedType.CHECKPOINT, body);

        assertThat(Bytes.wrap(signed).hex())
                .isEqualTo("73686572642f31" + domain.clusterId().hex() + "0000000000000004" + "05" + "010203");
        assertThat(Arrays.equals(signed, domain.toSign(5, SignedType.CHECKPOINT, body)))
                .isFalse();
        assertThat(Arrays.equals(signed, domain.toSign(4, SignedType.RECEIPT, body)))
                .isFalse();
        assertThat(Arrays.equals(signed, new SigningDomain(BEFORE).toSign(4, SignedType.CHECKPOINT, body)))
                .isFalse();
        assertThat(Arrays.stream(SignedType.values()).map(SignedType::id))
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }
}
