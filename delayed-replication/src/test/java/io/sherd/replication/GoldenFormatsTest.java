package io.sherd.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.proof.CertifiedStatement;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.RangeProof;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** One value of each format, whose bytes never change again; docs/FORMATS.md names these files. */
final class GoldenFormatsTest {

    private final TestCluster cluster = TestCluster.of(4, 1, 3, Limits.DEFAULT);
    private final Request.Operation operation =
            Request.Operation.sign(cluster.domain(), cluster.client(), 7, text("put account-1 = 250"));
    private final Request.Seal seal = Request.Seal.at(3);
    private final Request.Rejoin rejoin =
            Request.Rejoin.sign(cluster.domain(), cluster.replicas().get(2), 2, 0, TestCluster.directory(22));
    private final KeyedHash admin = KeyedHash.named("admin");
    private final Request.Change change = Request.Change.sign(
            cluster.domain(),
            admin,
            0,
            List.of(
                    new MemberChange.ReplaceKey(
                            2, KeyedHash.named("replica 2, key 1").key(), TestCluster.hash("pin 2, key 1")),
                    new MemberChange.ChangeAddress(1, "[::1]:7101", "r1.example:8101"),
                    new MemberChange.AddClient(KeyedHash.named("client 1").key()),
                    new MemberChange.RevokeClient(cluster.client().key())));
    private final Batch batch = Batch.of(
            List.of(operation, Request.Operation.sign(cluster.domain(), cluster.client(), 8, text("x".repeat(200)))));
    private final Segment segment = new Segment(
            0,
            cluster.genesis().clusterId(),
            List.of(
                    new LedgerEntry(1, batch),
                    new LedgerEntry(2, Batch.NULL),
                    new LedgerEntry(3, Batch.of(List.of(seal)))));
    private final Disperser.Dispersed dispersed = new Disperser(cluster.genesis()).disperse(segment, 0);
    private final CheckpointStatement statement = new CheckpointStatement(
            0,
            3,
            segment.ledgerHashAfter(),
            1,
            dispersed.commitment().leaf(),
            0,
            TestCluster.hash("empty state"),
            Optional.empty());
    private final MemberTable nextMembers = cluster.genesis().members().after(Batch.of(List.of(rejoin)));
    private final CheckpointStatement closing = new CheckpointStatement(
            0,
            4,
            TestCluster.hash("ledger"),
            2,
            TestCluster.hash("history"),
            3,
            TestCluster.hash("state"),
            Optional.of(nextMembers.digest()));

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private CheckpointCertificate certify(CheckpointStatement what) {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int replica : new int[] {0, 2, 3}) {
            signatures.put(replica, cluster.replicas().get(replica).sign(what.toSign(cluster.domain())));
        }
        return new CheckpointCertificate(what, signatures);
    }

    @Test
    void requests() throws IOException, WireFormatException {
        GoldenFiles.check("request-operation", operation.encoded());
        GoldenFiles.check("request-seal", seal.encoded());
        GoldenFiles.check("request-rejoin", rejoin.encoded());
        GoldenFiles.check("request-change", change.encoded());
        assertThat(Request.decode(golden("request-change"))).isEqualTo(change);
        assertThat(Request.decode(golden("request-operation"))).isEqualTo(operation);
        assertThat(Request.decode(golden("request-seal"))).isEqualTo(seal);
        assertThat(Request.decode(golden("request-rejoin"))).isEqualTo(rejoin);
    }

    @Test
    void batchesAndWhatTheyHashTo() throws IOException, WireFormatException {
        GoldenFiles.check("batch", batch.encoded());
        GoldenFiles.check("batch-null", Batch.NULL.encoded());
        GoldenFiles.check("batch-digest", digest(batch.digest()));
        GoldenFiles.check("batch-null-digest", digest(Batch.NULL.digest()));
        GoldenFiles.check("entry-leaf", digest(new LedgerEntry(1, batch).leaf()));
        GoldenFiles.check(
                "entry-ledger-hash",
                digest(new LedgerEntry(1, batch).ledgerHash(cluster.genesis().clusterId())));
        assertThat(Batch.decode(new ByteReader(golden("batch")), 10_000)).isEqualTo(batch);
        assertThat(Batch.decode(new ByteReader(golden("batch-null")), 10_000)).isEqualTo(Batch.NULL);
    }

    @Test
    void segments() throws IOException, WireFormatException {
        GoldenFiles.check("segment", SegmentCodec.encode(segment));
        GoldenFiles.check("segment-compressed", dispersed.compressed());
        assertThat(SegmentCodec.decode(golden("segment"), cluster.genesis().clusterId(), Limits.DEFAULT))
                .isEqualTo(segment);
    }

    @Test
    void piecesAndWhatProvesThem() throws IOException, WireFormatException {
        GoldenFiles.check("segment-context", dispersed.commitment().context().encoded());
        GoldenFiles.check("commitment", dispersed.commitment().encoded());
        GoldenFiles.check("commitment-leaf", digest(dispersed.commitment().leaf()));
        for (int index = 0; index < 4; index++) {
            String name = "piece-" + index;
            GoldenFiles.check(name, dispersed.pieces().get(index).encoded());
            assertThat(Piece.decode(golden(name))).isEqualTo(dispersed.pieces().get(index));
        }
        assertThat(SegmentContext.decode(new ByteReader(golden("segment-context"))))
                .isEqualTo(dispersed.commitment().context());
        assertThat(Commitment.decode(new ByteReader(golden("commitment")))).isEqualTo(dispersed.commitment());
    }

    @Test
    void checkpoints() throws IOException, WireFormatException {
        GoldenFiles.check("checkpoint-statement", statement.encoded());
        GoldenFiles.check("checkpoint-statement-closing", closing.encoded());
        GoldenFiles.check("checkpoint-to-sign", Bytes.wrap(statement.toSign(cluster.domain())));
        GoldenFiles.check("checkpoint-certificate", certify(statement).encoded());
        ClosedEpoch closed = new ClosedEpoch(certify(closing), nextMembers);
        GoldenFiles.check("closed-epoch", closed.encoded());
        assertThat(CheckpointStatement.decode(new ByteReader(golden("checkpoint-statement"))))
                .isEqualTo(statement);
        assertThat(CheckpointStatement.decode(new ByteReader(golden("checkpoint-statement-closing"))))
                .isEqualTo(closing);
        assertThat(CheckpointCertificate.decode(new ByteReader(golden("checkpoint-certificate"))))
                .isEqualTo(certify(statement));
        assertThat(ClosedEpoch.decode(golden("closed-epoch"))).isEqualTo(closed);
    }

    @Test
    void receipts() throws IOException, WireFormatException {
        StorageReceipt receipt =
                StorageReceipt.sign(cluster.domain(), cluster.replicas().get(1), 0, 1, 0, 1, statement.historyRoot());
        GoldenFiles.check("storage-receipt", receipt.encoded());
        assertThat(StorageReceipt.decode(new ByteReader(golden("storage-receipt"))))
                .isEqualTo(receipt);
    }

    @Test
    void theGenesisAndItsMembers() throws IOException, WireFormatException {
        GoldenFiles.check("genesis", cluster.genesis().encoded());
        GoldenFiles.check("cluster-id", digest(cluster.genesis().clusterId()));
        GoldenFiles.check("member-table", cluster.genesis().members().encoded());
        GoldenFiles.check("member-table-after-rejoin", nextMembers.encoded());
        MemberTable founding = cluster.genesis().members();
        MemberTable changed = new MemberTable(0, founding.members(), founding.clients(), List.of(admin.key()))
                .after(Batch.of(List.of(change)));
        GoldenFiles.check("member-table-after-change", changed.encoded());
        assertThat(MemberTable.decode(new ByteReader(golden("member-table-after-change"))))
                .isEqualTo(changed);
        assertThat(MemberTable.decode(new ByteReader(golden("member-table"))))
                .isEqualTo(cluster.genesis().members());
        assertThat(MemberTable.decode(new ByteReader(golden("member-table-after-rejoin"))))
                .isEqualTo(nextMembers);
    }

    @Test
    void storedRecords() throws IOException, WireFormatException {
        GoldenFiles.check(
                "stored-record", Bytes.wrap(StoredRecord.encode(StoredRecord.Kind.IDENTITY, 1, new byte[] {1, 2, 3})));
        LearnerProgress start = LearnerProgress.start(cluster.genesis());
        LearnerProgress later = new LearnerProgress(
                cluster.genesis().clusterId(),
                3,
                20,
                TestCluster.hash("ledger"),
                List.of(TestCluster.hash("two"), TestCluster.hash("one")),
                nextMembers,
                Optional.of(certify(statement)));
        GoldenFiles.check("learner-progress-start", Bytes.wrap(start.encoded()));
        GoldenFiles.check("learner-progress", Bytes.wrap(later.encoded()));
        assertThat(LearnerProgress.decode(GoldenFiles.read("learner-progress-start"), cluster.genesis()))
                .isEqualTo(start);
        assertThat(LearnerProgress.decode(GoldenFiles.read("learner-progress"), cluster.genesis()))
                .isEqualTo(later);
    }

    @Test
    void proofs() throws IOException, WireFormatException, InvalidProofException {
        CertifiedStatement certified = new CertifiedStatement(List.of(), certify(statement));
        MerkleTree history = MerkleTree.of(List.of(dispersed.commitment().leaf()));
        TransactionProof proof = TransactionProof.of(certified, dispersed.commitment(), history.path(0), segment, 1, 1);
        GoldenFiles.check("transaction-proof", Bytes.wrap(proof.encoded()));
        TransactionProof read = TransactionProof.decode(GoldenFiles.read("transaction-proof"));
        assertThat(read).isEqualTo(proof);
        read.verify(cluster.genesis(), KeyedHash.VERIFIER);

        RangeProof range = new RangeProof(cluster.genesis().clusterId(), 0, 1, certified, List.of(), List.of());
        GoldenFiles.check("range-proof", Bytes.wrap(range.encoded()));
        assertThat(RangeProof.decode(new ByteReader(golden("range-proof")))).isEqualTo(range);
        assertThat(range.verifyStatement(cluster.genesis(), KeyedHash.VERIFIER))
                .isEqualTo(cluster.genesis().members());
        MerkleAccumulator run = range.begin();
        range.append(run, dispersed.commitment());
        range.verifyEnd(run);
    }

    @Test
    void whatIsSignedOfEachType() throws IOException {
        ByteWriter all = new ByteWriter();
        for (SignedType type : SignedType.values()) {
            all.raw(cluster.domain().toSign(5, type, new byte[] {(byte) 0xaa}));
        }
        GoldenFiles.check("signing-domain", all.toBytes());
    }

    private static Bytes golden(String name) throws IOException {
        return Bytes.wrap(GoldenFiles.read(name));
    }

    private static Bytes digest(Digest digest) {
        return Bytes.wrap(digest.toByteArray());
    }
}
