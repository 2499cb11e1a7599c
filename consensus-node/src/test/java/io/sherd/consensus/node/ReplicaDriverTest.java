package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Authenticator;
import io.sherd.consensus.core.IgnoreReason;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.Replica;
import io.sherd.consensus.core.ReplicaConfig;
import io.sherd.consensus.durable.StartingPoint;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.consensus.transport.LinkStatus;
import io.sherd.consensus.transport.Transport;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver over a real core and a real vote log, as the primary of four; only the links are recorded. */
class ReplicaDriverTest {

    private static final int SELF = 0;

    private final TestCluster cluster = new TestCluster(4);
    private final RecordedLinks links = new RecordedLinks();
    private final QuietLedger ledger = new QuietLedger();
    private final List<Throwable> fatal = new CopyOnWriteArrayList<>();
    private VoteLog votes;
    private ReplicaDriver driver;

    @BeforeEach
    void make(@TempDir Path temporary) throws Exception {
        Path path = temporary.resolve("votes");
        VoteLog.create(path, cluster.genesis(), SELF, TestCluster.directory(SELF));
        votes = VoteLog.open(path, cluster.genesis(), SELF, TestCluster.directory(SELF));
        Recovered recovered = votes.recover(new StartingPoint(
                cluster.genesis().members(), List.of(), Optional.empty(), 0, false, Recovered.Sealing.NONE));
        ReplicaConfig config = new ReplicaConfig(
                SELF,
                cluster.domain(),
                cluster.genesis().quorums(),
                cluster.genesis().limits(),
                4,
                1024,
                50,
                400,
                100,
                50);
        driver = new ReplicaDriver(
                new Replica(config, new Authenticator(cluster.signer(SELF), TestKeys.VERIFIER), recovered),
                4,
                votes,
                ledger,
                DriverOptions.DEFAULT,
                fatal::add);
    }

    @AfterEach
    void close() throws Exception {
        driver.close();
        votes.close();
    }

    /** Nobody has seen it sign anything, so it goes on. */
    private void start() {
        driver.start(links);
        Message nothing = new Message.Signed(Optional.empty(), Optional.empty(), Optional.empty());
        driver.received(1, nothing);
        driver.received(2, nothing);
    }

    @Test
    void aProposalIsSentOnceItsVoteIsDurable() throws Exception {
        start();

        assertThat(driver.submit(operation(1))).isTrue();

        await().until(() -> links.proposals() == 1);
        assertThat(fatal).isEmpty();
    }

    @Test
    void whenTheVoteLogRefusesNothingIsSentAndTheProcessIsToldToEnd() throws Exception {
        start();
        await().until(() -> links.sent.stream().anyMatch(Message.Status.class::isInstance));
        votes.close();

        assertThat(driver.submit(operation(1))).isTrue();

        await().until(() -> !fatal.isEmpty());
        assertThat(fatal).singleElement().isInstanceOf(StoreException.class);
        int spoken = links.sent.size();
        assertThat(driver.submit(operation(2))).isTrue();
        driver.close();
        assertThat(links.proposals()).isZero();
        assertThat(links.sent).hasSize(spoken);
    }

    @Test
    void anOperationThatAPeerRelaysAndThatWasExecutedStaysAwayFromTheCore() {
        driver.start(links);
        ledger.executed = true;

        driver.received(1, new Message.Forward(operation(1)));

        assertThat(driver.ignoredCounts()).containsEntry(IgnoreReason.DUPLICATE, 1L);
        assertThat(driver.inspection().pending()).isZero();
    }

    @Test
    void entriesThatAreNotHeldAreNotAnswered() {
        driver.start(links);

        driver.received(2, new Message.FetchEntries(1, 10));
        driver.received(2, new Message.Status(0, 0, 5, 0));

        await().until(() -> driver.statusOf(2) != null);
        assertThat(links.sent).noneMatch(sent -> sent instanceof Message.Entries);
        assertThat(fatal).isEmpty();
    }

    @Test
    void requestsAreTurnedAwayAfterTheEnd() {
        driver.start(links);
        driver.close();

        assertThat(driver.submit(operation(1))).isFalse();
    }

    private Request.Operation operation(long id) {
        return cluster.operation(id, "pay");
    }

    /** Takes down what is sent. */
    private static final class RecordedLinks implements Transport {

        private final List<Message> sent = new CopyOnWriteArrayList<>();

        @Override
        public void send(int replica, Message message) {
            sent.add(message);
        }

        @Override
        public void broadcast(Message message) {
            sent.add(message);
        }

        @Override
        public List<LinkStatus> links() {
            return List.of();
        }

        @Override
        public void close() {
            // Nothing is open.
        }

        private long proposals() {
            return sent.stream()
                    .filter(message -> message instanceof Message.PrePrepare)
                    .count();
        }
    }

    /** A ledger to which nothing is ever decided. */
    private static final class QuietLedger implements LedgerSide {

        private volatile boolean executed;

        @Override
        public void execute(LedgerEntry entry, long epoch) {
            throw new AssertionError("no quorum decides anything here");
        }

        @Override
        public void stable(CheckpointCertificate certificate) {
            throw new AssertionError("nothing becomes stable here");
        }

        @Override
        public void epochOpened(ClosedEpoch closed) {
            throw new AssertionError("no epoch ends here");
        }

        @Override
        public void fallenBehind(CheckpointCertificate certificate) {
            throw new AssertionError("nobody is ahead here");
        }

        @Override
        public void forgotten() {}

        @Override
        public Optional<ClosedEpoch> closing(long epoch) {
            return Optional.empty();
        }

        @Override
        public void receipt(int sender, StorageReceipt receipt) {
            throw new AssertionError("nobody has a piece here");
        }

        @Override
        public boolean isNew(Request.Operation operation) {
            return !executed;
        }
    }
}
