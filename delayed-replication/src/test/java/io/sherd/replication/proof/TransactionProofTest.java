package io.sherd.replication.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A proof holds for every request of a ledger with epochs, and for nothing that is a step away from it. */
final class TransactionProofTest {

    /** Before the payload of a stored record: magic, kind, version, length. */
    private static final int HEADER_BYTES = 12;

    private static final int CHECKSUM_BYTES = 4;

    private final TestCluster cluster = TestCluster.of(4);
    private final TestLedger ledger = new TestLedger(cluster, Seeds.random(TransactionProofTest.class));

    TransactionProofTest() {
        ledger.grow(3, 20, 0);
        ledger.add(Batch.of(List.of(ledger.rejoin(2))));
        for (int size = 1; size <= 9; size++) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                requests.add(ledger.operation(10));
            }
            ledger.add(Batch.of(requests));
        }
        ledger.grow(2, 0, 0);
        ledger.add(Batch.of(List.of(ledger.rejoin(0))));
        ledger.grow(3, 30, 0);
    }

    @Test
    void everyRequestIsProvedAndItsProofIsReadAgain() throws Exception {
        int proved = 0;
        for (Segment segment : ledger.segments()) {
            for (LedgerEntry entry : segment.entries()) {
                for (int index = 0; index < entry.batch().requests().size(); index++) {
                    TransactionProof proof = proof(segment, entry, index);
                    TransactionProof again = TransactionProof.decode(proof.encoded());
                    assertThat(again).isEqualTo(proof);
                    assertThat(again.request())
                            .isEqualTo(entry.batch().requests().get(index));
                    again.verify(cluster.genesis(), KeyedHash.VERIFIER);
                    proved++;
                }
            }
        }
        assertThat(proved).isGreaterThan(50);
    }

    @Test
    void noByteOfAFileMayDiffer() {
        byte[] file = amongOthers().encoded();
        for (int place = 0; place < file.length; place++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] flipped = file.clone();
                flipped[place] ^= (byte) (1 << bit);
                assertThatThrownBy(() -> TransactionProof.decode(flipped))
                        .as("byte %d bit %d", place, bit)
                        .isInstanceOf(WireFormatException.class);
            }
        }
    }

    /** Whoever changes a file on purpose makes the checksum fit. */
    @Test
    void noByteMayDifferEvenIfTheChecksumIsRight() {
        byte[] file = amongOthers().encoded();
        byte[] payload = Arrays.copyOfRange(file, HEADER_BYTES, file.length - CHECKSUM_BYTES);
        for (int place = 0; place < payload.length; place++) {
            byte[] flipped = payload.clone();
            flipped[place] ^= (byte) (1 << place % Byte.SIZE);
            byte[] stored =
                    StoredRecord.encode(StoredRecord.Kind.TRANSACTION_PROOF, TransactionProof.FORMAT_VERSION, flipped);
            assertThatThrownBy(() -> TransactionProof.decode(stored).verify(cluster.genesis(), KeyedHash.VERIFIER))
                    .as("byte %d", place)
                    .isInstanceOfAny(WireFormatException.class, InvalidProofException.class);
        }
    }

    @Test
    void aFileThatEndsEarlyOrLateIsNone() {
        byte[] file = amongOthers().encoded();
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> TransactionProof.decode(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(WireFormatException.class);
        }
        byte[] longer = Arrays.copyOf(file, file.length + 1);
        assertThatThrownBy(() -> TransactionProof.decode(longer)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void eachStepThatFailsIsNamed() throws Exception {
        TransactionProof good = amongOthers();
        good.verify(cluster.genesis(), KeyedHash.VERIFIER);

        TestCluster other = TestCluster.of(7);
        InvalidProofException foreign = catchThrowableOfType(
                InvalidProofException.class, () -> good.verify(other.genesis(), KeyedHash.VERIFIER));
        assertThat(foreign.step()).isEqualTo(ProofStep.CLUSTER);
        assertThat(foreign)
                .hasMessageContaining(other.genesis().clusterId().shortHex())
                .hasMessageContaining(cluster.genesis().clusterId().shortHex());

        CertifiedStatement certified = good.certified();
        assertStep(
                ProofStep.EPOCHS,
                with(
                        good,
                        new CertifiedStatement(certified.closed().subList(0, 1), certified.certificate()),
                        good.commitment(),
                        good.sequence(),
                        good.batchDigest(),
                        good.request()));
        TreeMap<Integer, Signature> fewer =
                new TreeMap<>(certified.certificate().signatures());
        fewer.pollFirstEntry();
        assertStep(
                ProofStep.CERTIFICATE,
                with(
                        good,
                        new CertifiedStatement(
                                certified.closed(), new CheckpointCertificate(certified.statement(), fewer)),
                        good.commitment(),
                        good.sequence(),
                        good.batchDigest(),
                        good.request()));
        Commitment otherRoot = new Commitment(good.commitment().context(), TestCluster.hash("other"));
        assertStep(
                ProofStep.HISTORY,
                with(good, certified, otherRoot, good.sequence(), good.batchDigest(), good.request()));
        assertStep(
                ProofStep.ENTRY,
                with(good, certified, good.commitment(), good.sequence() + 1, good.batchDigest(), good.request()));
        assertStep(
                ProofStep.ENTRY,
                with(good, certified, good.commitment(), good.sequence(), TestCluster.hash("other"), good.request()));
        assertStep(
                ProofStep.REQUEST,
                with(good, certified, good.commitment(), good.sequence(), good.batchDigest(), ledger.operation(10)));
    }

    /** A ledger cannot hold it unless a quorum lied; the proof says so all the same. */
    @Test
    void anOperationThatItsClientDidNotSignIsNamed() throws Exception {
        byte[] bytes = ledger.operation(10).encoded().toByteArray();
        bytes[bytes.length - 1] ^= 1;
        Request forged = Request.decode(Bytes.wrap(bytes));
        ledger.add(Batch.of(List.of(forged)));
        ledger.grow(1, 100, 0);
        Segment last = ledger.segments().getLast();
        LedgerEntry entry = last.entries().stream()
                .filter(one -> one.batch().requests().contains(forged))
                .findFirst()
                .orElseThrow();
        assertStep(ProofStep.SIGNATURE, proof(last, entry, 0));
    }

    private void assertStep(ProofStep step, TransactionProof bad) {
        InvalidProofException refusal = catchThrowableOfType(
                InvalidProofException.class, () -> bad.verify(cluster.genesis(), KeyedHash.VERIFIER));
        assertThat(refusal).as(step.name()).isNotNull();
        assertThat(refusal.step()).isEqualTo(step);
    }

    private static TransactionProof with(
            TransactionProof good,
            CertifiedStatement certified,
            Commitment commitment,
            long sequence,
            Digest batchDigest,
            Request request) {
        return new TransactionProof(
                good.clusterId(),
                certified,
                commitment,
                good.historySiblings(),
                sequence,
                batchDigest,
                good.entrySiblings(),
                good.batchPath(),
                request);
    }

    /** One of several in its batch, in a segment in the middle of the ledger. */
    private TransactionProof amongOthers() {
        for (Segment segment : ledger.segments()) {
            for (LedgerEntry entry : segment.entries()) {
                if (entry.batch().requests().size() == 5) {
                    return proof(segment, entry, 3);
                }
            }
        }
        throw new AssertionError("there is a batch of five");
    }

    private TransactionProof proof(Segment segment, LedgerEntry entry, int index) {
        MerkleTree history = MerkleTree.of(
                ledger.commitments().stream().map(Commitment::leaf).toList());
        return TransactionProof.of(
                new CertifiedStatement(
                        ledger.closedEpochs(), ledger.certificates().getLast()),
                ledger.commitment((int) segment.number()),
                history.path(segment.number()),
                segment,
                entry.sequence(),
                index);
    }
}
