package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.state.StateChunk;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Finding today's certificate among sources of which some lie, some lag and some say nothing. */
final class HeadSearchTest {

    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed())
            .addSegments(1, 30_000)
            .rejoin(3)
            .addSegments(1, 30_000)
            .rejoin(2)
            .addSegments(1, 30_000);

    private final CertificateChain chain = new CertificateChain(LEDGER.genesis(), new Ed25519Verifier());

    @Test
    void theChainIsWalkedFromTheGenesisToToday() throws Exception {
        HeadSearch.Result result = search(new Fake(0, LEDGER.head(), LEDGER.closedEpochs()));

        assertThat(result.answered()).isEqualTo(1);
        assertThat(chain.newest()).contains(LEDGER.head());
        assertThat(chain.members()).isEqualTo(LEDGER.members());
        assertThat(chain.closedEpochs()).isEqualTo(LEDGER.closedEpochs());
    }

    @Test
    void theHighestOfSeveralCertificatesIsKept() throws Exception {
        CheckpointCertificate old = LEDGER.certificates().getFirst();

        HeadSearch.Result result = search(
                new Fake(0, old, List.of()),
                new Fake(1, LEDGER.head(), LEDGER.closedEpochs()),
                new Fake(2, old, LEDGER.closedEpochs()));

        assertThat(result.answered()).isEqualTo(3);
        assertThat(chain.newest()).contains(LEDGER.head());
    }

    @Test
    void aForgedCertificateIsRefusedByName() throws Exception {
        CheckpointStatement honest = LEDGER.certificates().getFirst().statement();
        CheckpointStatement forged = new CheckpointStatement(
                0,
                honest.sequence() + 1000,
                honest.ledgerHash(),
                honest.segmentCount(),
                honest.historyRoot(),
                0,
                Digest.ZERO,
                Optional.empty());
        CheckpointCertificate liar = new CheckpointCertificate(
                forged, LEDGER.certificates().getFirst().signatures());

        HeadSearch.Result result = search(new Fake(0, liar, List.of()));

        assertThat(result.answered()).isZero();
        assertThat(result.troubles().get(0)).contains("does not verify");
        assertThat(chain.newest()).isEmpty();
    }

    @Test
    void tooFewSignaturesAreRefused() throws Exception {
        CheckpointCertificate weak =
                LEDGER.certify(LEDGER.certificates().getFirst().statement(), 2);

        assertThat(search(new Fake(0, weak, List.of())).troubles().get(0)).contains("2 signatures, 3 are needed");
    }

    @Test
    void anEpochThatDoesNotFollowIsRefused() throws Exception {
        HeadSearch.Result result =
                search(new Fake(0, LEDGER.head(), List.of(LEDGER.closedEpochs().get(1))));

        assertThat(result.answered()).isZero();
        assertThat(chain.closedEpochs()).isEmpty();
    }

    @Test
    void aSourceThatDoesNotGiveTheEpochsItSpeaksOfIsNamed() throws Exception {
        HeadSearch.Result result = search(new Fake(0, LEDGER.head(), List.of()));

        assertThat(result.troubles().get(0)).contains("does not give the epochs");
        assertThat(chain.newest()).isEmpty();
    }

    @Test
    void aSourceWithoutACheckpointHasAnswered() throws Exception {
        assertThat(search(new Fake(0, null, List.of())).answered()).isEqualTo(1);
        assertThat(chain.newest()).isEmpty();
    }

    @Test
    void aSilentSourceIsNotWaitedForLongAndNamed() throws Exception {
        HeadSearch.Result result =
                search(new Fake(0, LEDGER.head(), LEDGER.closedEpochs()), new Fake(1, LEDGER.head(), List.of(), true));

        assertThat(result.answered()).isEqualTo(1);
        assertThat(result.troubles()).containsOnlyKeys(1);
        assertThat(result.troubles().get(1)).contains("no answer in 200 ms");
    }

    private HeadSearch.Result search(LedgerSource... sources) throws InterruptedException {
        return new HeadSearch(chain, List.of(sources)).search(Duration.ofMillis(200));
    }

    /** A source that knows a head and some epochs, or says nothing. */
    private record Fake(int replica, @Nullable CheckpointCertificate head, List<ClosedEpoch> closed, boolean silent)
            implements LedgerSource {

        Fake(int replica, @Nullable CheckpointCertificate head, List<ClosedEpoch> closed) {
            this(replica, head, closed, false);
        }

        @Override
        public void head(Receiver<CheckpointCertificate> receiver) {
            if (silent) {
                return;
            }
            if (head == null) {
                receiver.failed(new SourceException(SourceException.Kind.NOT_FOUND, "none"));
            } else {
                receiver.received(head);
            }
        }

        @Override
        public void epochs(long fromEpoch, Receiver<List<ClosedEpoch>> receiver) {
            // One at a time, as a replica with large member tables answers.
            receiver.received(closed.stream()
                    .filter(epoch -> epoch.epoch() >= fromEpoch)
                    .limit(1)
                    .toList());
        }

        @Override
        public void certificates(long fromSequence, int limit, Receiver<List<CheckpointCertificate>> receiver) {
            throw new AssertionError("not asked here");
        }

        @Override
        public void commitments(long fromSegment, int limit, Receiver<List<Commitment>> receiver) {
            throw new AssertionError("not asked here");
        }

        @Override
        public void piece(long segment, int index, Receiver<Piece> receiver) {
            throw new AssertionError("not asked here");
        }

        @Override
        public void receipts(Receiver<List<StorageReceipt>> receiver) {
            throw new AssertionError("not asked here");
        }

        @Override
        public void state(long sequence, Digest root, Bytes prefix, Receiver<StateChunk> receiver) {
            throw new AssertionError("not asked here");
        }

        @Override
        public long bytesReceived() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
