package io.sherd.archive.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Proofs from replicas that answer over their edges, some of which lie or are away, and what becomes of damaged ones. */
final class ProofSearchTest {

    private static final int HEADER_BYTES = 12;
    private static final int CHECKSUM_BYTES = 4;

    private final MemoryStateStore states = new MemoryStateStore();
    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), states)
            .addSegments(2, 8_000)
            .rejoin(3)
            .addSegments(2, 8_000)
            .seal()
            .seal();
    private final Edges edges = new Edges(ledger);

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void anyEntryIsProvedByItsPositionThoughOneReplicaIsAwayAndOneSendsBadPieces() throws Exception {
        MemoryPieceStore rotten = store(0);
        for (int segment = 0; segment < ledger.segments().size(); segment++) {
            Piece right = rotten.piece(segment, 0).orElseThrow();
            byte[] bytes = right.bytes().toByteArray();
            bytes[0] ^= 1;
            rotten.putPiece(new Piece(segment, 0, right.siblings(), Bytes.wrap(bytes)));
            // A hint of r3's piece makes up for it.
            rotten.putPiece(ledger.dispersed().get(segment).pieces().get(3));
        }
        edges.start(0, rotten, states);
        edges.start(1, store(1), states);
        edges.start(2, store(2), states);

        try (ProofSearch search = search()) {
            for (Segment segment : ledger.segments()) {
                LedgerEntry entry = segment.entries().getLast();
                TransactionProof proof = search.transaction(search.entry(entry.sequence()), 0);
                proof.verify(ledger.genesis(), new Ed25519Verifier());
                assertThat(proof.request()).isEqualTo(entry.batch().requests().getFirst());
                assertThat(proof.sequence()).isEqualTo(entry.sequence());
            }
        }
    }

    @Test
    void aRequestIsFoundByItsDigest() throws Exception {
        startAll();
        LedgerEntry entry = ledger.segments().get(1).entries().get(1);
        Request wanted = entry.batch().requests().getFirst();
        try (ProofSearch search = search()) {
            TransactionProof proof = search.transaction(wanted.digest());
            assertThat(proof.request()).isEqualTo(wanted);
            assertThat(proof.sequence()).isEqualTo(entry.sequence());

            ProofUnavailableException absent = catchThrowableOfType(
                    ProofUnavailableException.class,
                    () -> search.transaction(ledger.genesis().clusterId()));
            assertThat(absent.kind()).isEqualTo(ProofUnavailableException.Kind.ABSENT);
        }
    }

    @Test
    void whatIsNotSealedIsAbsentAndTooFewPiecesAreCounted() throws Exception {
        edges.start(0, store(0), states);
        edges.start(1, store(1), states);
        try (ProofSearch search = search()) {
            ProofUnavailableException absent = catchThrowableOfType(
                    ProofUnavailableException.class,
                    () -> search.entry(ledger.segments().getLast().lastSequence() + 1));
            assertThat(absent.kind()).isEqualTo(ProofUnavailableException.Kind.ABSENT);
            ProofUnavailableException few =
                    catchThrowableOfType(ProofUnavailableException.class, () -> search.entry(1));
            assertThat(few.kind()).isEqualTo(ProofUnavailableException.Kind.INSUFFICIENT);
            assertThat(few).hasMessageContaining("2 valid pieces, 3 needed");
            assertThat(few.facts()).anyMatch(fact -> fact.startsWith("r2 ")).anyMatch(fact -> fact.startsWith("r3 "));
        }
    }

    @Test
    void withoutAnyReplicaNobodyShowsACertificate() {
        try (ProofSearch search = search()) {
            ProofUnavailableException nobody =
                    catchThrowableOfType(ProofUnavailableException.class, () -> search.entry(1));
            assertThat(nobody.kind()).isEqualTo(ProofUnavailableException.Kind.UNREACHABLE);
            assertThat(nobody.facts()).hasSize(4);
        }
    }

    @Test
    void everyKeyOfTheStateIsProvedAndSoIsThatOneHoldsNothing() throws Exception {
        startAll();
        try (ProofSearch search = search()) {
            for (Map.Entry<Bytes, Bytes> key : lastValues().entrySet()) {
                KeyProof proof = KeyProof.decode(search.key(key.getKey()).encoded());
                assertThat(proof.verify(ledger.genesis(), new Ed25519Verifier()))
                        .hasValueSatisfying(stored -> assertThat(KeyValueMachine.stored(stored))
                                .isEqualTo(new io.sherd.archive.state.KeyValueResult.Found(key.getValue())));
            }
            KeyProof absent =
                    KeyProof.decode(search.key(text("nobody wrote this")).encoded());
            assertThat(absent.holds()).isFalse();
            assertThat(absent.verify(ledger.genesis(), new Ed25519Verifier())).isEmpty();
        }
    }

    @Test
    void aKeyProofOfWhichAnyByteDiffersIsRefusedEvenIfItsChecksumIsRight() throws Exception {
        startAll();
        Bytes key = lastValues().keySet().iterator().next();
        byte[] file;
        try (ProofSearch search = search()) {
            file = search.key(key).encoded();
        }
        byte[] payload = Arrays.copyOfRange(file, HEADER_BYTES, file.length - CHECKSUM_BYTES);
        for (int place = 0; place < payload.length; place++) {
            byte[] damaged = file.clone();
            damaged[HEADER_BYTES + place] ^= (byte) (1 << place % Byte.SIZE);
            assertThatThrownBy(() -> ProofFile.read(damaged)).isInstanceOf(InvalidProofException.class);
            payload[place] ^= (byte) (1 << place % Byte.SIZE);
            byte[] forged = StoredRecord.encode(StoredRecord.Kind.KEY_PROOF, KeyProof.FORMAT_VERSION, payload);
            payload[place] ^= (byte) (1 << place % Byte.SIZE);
            assertThatThrownBy(() -> KeyProof.decode(forged).verify(ledger.genesis(), new Ed25519Verifier()))
                    .as("byte %d", place)
                    .isInstanceOfAny(WireFormatException.class, InvalidProofException.class);
        }
    }

    @Test
    void aKeyProofThatClaimsTheOppositeOrIsOfAnotherStateNamesItsStep() throws Exception {
        startAll();
        Bytes key = lastValues().keySet().iterator().next();
        KeyProof good;
        try (ProofSearch search = search()) {
            good = search.key(key);
        }
        assertStep(ProofStep.STATE, new KeyProof(good.clusterId(), good.certified(), false, good.proof()));
        assertStep(
                ProofStep.CLUSTER,
                new KeyProof(good.certified().statement().historyRoot(), good.certified(), true, good.proof()));
    }

    private void assertStep(ProofStep step, KeyProof bad) {
        InvalidProofException refusal = catchThrowableOfType(
                InvalidProofException.class, () -> bad.verify(ledger.genesis(), new Ed25519Verifier()));
        assertThat(refusal.step()).isEqualTo(step);
    }

    private void startAll() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            edges.start(replica, store(replica), states);
        }
    }

    private MemoryPieceStore store(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        ledger.fill(store, replica);
        return store;
    }

    private ProofSearch search() {
        return new ProofSearch(ledger.genesis(), new Ed25519Verifier(), edges.sources(), Duration.ofSeconds(5));
    }

    /** What each key holds after all of the ledger. */
    private Map<Bytes, Bytes> lastValues() throws Exception {
        Map<Bytes, Bytes> values = new TreeMap<>();
        for (Segment segment : ledger.segments()) {
            for (LedgerEntry entry : segment.entries()) {
                for (Request request : entry.batch().requests()) {
                    if (request instanceof Request.Operation operation
                            && KeyValueOperation.decode(operation.payload()) instanceof KeyValueOperation.Put put) {
                        values.put(put.key(), put.value());
                    }
                }
            }
        }
        return values;
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
