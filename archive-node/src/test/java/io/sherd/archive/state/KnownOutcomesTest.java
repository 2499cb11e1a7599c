package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.state.OperationResult.Status;
import io.sherd.merkle.Sha256;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.Bytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the reply table says without executing anything. */
class KnownOutcomesTest {

    private static final SigningDomain DOMAIN = new SigningDomain(Sha256.of(new byte[] {1}));

    private final Signer client = Ed25519Signer.generate();
    private final MemoryStateStore store = new MemoryStateStore();
    private StateUpdater updater = new StateUpdater(store, new KeyValueMachine(), Limits.DEFAULT);

    @Test
    void nothingIsKnownOfAClientThatDidNothing() throws Exception {
        assertThat(updater.known(client.key(), 1)).isEmpty();
        assertThat(updater.highestId(client.key())).isZero();
    }

    @Test
    void operationIsKnownWithThePositionOfItsFirstExecutionAfterARestartToo() throws Exception {
        OperationResult first = execute(1, 7);
        OperationResult again = execute(2, 7);
        var _ = updater.checkpoint(2);
        updater = new StateUpdater(store, new KeyValueMachine(), Limits.DEFAULT);

        assertThat(first.status()).isEqualTo(Status.OK);
        assertThat(first.sequence()).isEqualTo(1);
        assertThat(again).isEqualTo(new OperationResult(client.key(), 7, Status.DUPLICATE, 1, first.result()));
        assertThat(updater.known(client.key(), 7)).contains(again);
        assertThat(updater.known(client.key(), 8)).isEmpty();
        assertThat(updater.highestId(client.key())).isEqualTo(7);
    }

    @Test
    void idBelowTheWindowIsKnownToBeStale() throws Exception {
        int window = Limits.DEFAULT.sessionWindow();
        var _ = execute(1, window);
        var _ = execute(2, window + 1);

        assertThat(updater.known(client.key(), 1))
                .contains(new OperationResult(client.key(), 1, Status.STALE, 0, Bytes.EMPTY));
        assertThat(updater.known(client.key(), 2)).isEmpty();
    }

    @Test
    void idFarAboveTheWindowIsNotKnown() throws Exception {
        assertThat(updater.known(client.key(), Long.MAX_VALUE)).isEmpty();
    }

    private OperationResult execute(long sequence, long id) throws Exception {
        byte[] value = new byte[10];
        Arrays.fill(value, (byte) 5);
        Bytes payload = new KeyValueOperation.Put(Bytes.wrap(new byte[] {1}), Bytes.wrap(value)).encoded();
        Batch batch = Batch.of(List.of(Request.Operation.sign(DOMAIN, client, id, payload)));
        return updater.execute(new LedgerEntry(sequence, batch)).results().getFirst();
    }
}
