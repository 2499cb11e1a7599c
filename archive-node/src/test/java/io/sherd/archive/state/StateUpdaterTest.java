package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.state.OperationResult.Status;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.machine.NondeterminismException;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Every entry once, every operation at most once. */
final class StateUpdaterTest {

    private static final int KIB = 1024;
    private static final Limits LIMITS = new Limits(
            KIB * KIB, 128, 256, 64 * KIB * KIB, 2 * KIB * KIB, 4 * KIB * KIB, 8 * KIB * KIB, 4, 8, 64, 1000);
    private static final VerifyingKey ALICE = new VerifyingKey(Sha256.of(new byte[] {1}));
    private static final VerifyingKey BOB = new VerifyingKey(Sha256.of(new byte[] {2}));

    private final StateStore store = new MemoryStateStore();
    private StateUpdater updater = new StateUpdater(store, new Counter(), LIMITS);

    /** Counts executions and answers with their number; its payload's first byte says how long the answer is. */
    private static final class Counter implements StateMachine {

        private static final Bytes KEY = StateStoreContract.bytes("count");

        @Override
        public String name() {
            return "counter";
        }

        @Override
        public Bytes apply(State state, VerifyingKey client, Bytes operation) {
            Bytes before = state.get(KEY);
            int count = before == null ? 1 : before.at(0) + 1;
            state.put(KEY, Bytes.wrap(new byte[] {(byte) count}));
            byte[] result = new byte[operation.isEmpty() ? 1 : operation.at(0)];
            result[0] = (byte) count;
            return Bytes.wrap(result);
        }
    }

    @Test
    void operationsAreExecutedInOrder() throws Exception {
        ExecutedEntry executed = updater.execute(entry(1, operation(ALICE, 1), operation(BOB, 1), operation(ALICE, 2)));

        assertThat(executed)
                .isEqualTo(new ExecutedEntry(
                        1,
                        List.of(
                                new OperationResult(ALICE, 1, Status.OK, 1, count(1)),
                                new OperationResult(BOB, 1, Status.OK, 1, count(2)),
                                new OperationResult(ALICE, 2, Status.OK, 1, count(3)))));
        assertThat(updater.executedSequence()).isEqualTo(1);
    }

    @Test
    void duplicateGetsTheSameResultAgainAndIsNotExecuted() throws Exception {
        updater.execute(entry(1, operation(ALICE, 1)));

        ExecutedEntry again = updater.execute(entry(2, operation(ALICE, 1), operation(ALICE, 2), operation(ALICE, 2)));

        assertThat(again.results())
                .containsExactly(
                        new OperationResult(ALICE, 1, Status.DUPLICATE, 1, count(1)),
                        new OperationResult(ALICE, 2, Status.OK, 2, count(2)),
                        new OperationResult(ALICE, 2, Status.DUPLICATE, 2, count(2)));
    }

    @Test
    void replyTableTellsWithoutExecuting() throws Exception {
        assertThat(updater.known(ALICE, 1)).isEmpty();
        assertThat(updater.highestId(ALICE)).isZero();
        updater.execute(entry(1, operation(ALICE, 8), operation(ALICE, 9)));

        assertThat(updater.known(ALICE, 8)).contains(new OperationResult(ALICE, 8, Status.DUPLICATE, 1, count(1)));
        assertThat(updater.known(ALICE, 1)).contains(new OperationResult(ALICE, 1, Status.STALE, 0, Bytes.EMPTY));
        assertThat(updater.known(ALICE, 7)).isEmpty();
        assertThat(updater.known(ALICE, 100)).isEmpty();
        assertThat(updater.highestId(ALICE)).isEqualTo(9);
        assertThat(updater.highestId(BOB)).isZero();
    }

    @Test
    void staleIdAndJumpAreNotExecutedAndMoveNothing() throws Exception {
        updater.execute(entry(1, operation(ALICE, 8), operation(ALICE, 16)));

        ExecutedEntry executed = updater.execute(
                entry(2, operation(ALICE, 8), operation(ALICE, 25), operation(ALICE, 1L << 62), operation(ALICE, 24)));

        assertThat(executed.results())
                .containsExactly(
                        new OperationResult(ALICE, 8, Status.STALE, 0, Bytes.EMPTY),
                        new OperationResult(ALICE, 25, Status.REFUSED, 0, Bytes.EMPTY),
                        new OperationResult(ALICE, 1L << 62, Status.REFUSED, 0, Bytes.EMPTY),
                        new OperationResult(ALICE, 24, Status.OK, 2, count(3)));
    }

    @Test
    void resultLargerThanTheLimitIsKeptAsItsHash() throws Exception {
        ExecutedEntry first = updater.execute(entry(1, operation(ALICE, 1, 65)));
        ExecutedEntry again = updater.execute(entry(2, operation(ALICE, 1, 65)));

        Bytes result = first.results().getFirst().result();
        assertThat(result.size()).isEqualTo(65);
        assertThat(again.results())
                .containsExactly(new OperationResult(
                        ALICE,
                        1,
                        Status.RESULT_NOT_KEPT,
                        1,
                        Bytes.wrap(Sha256.of(result.readOnlyArray()).toByteArray())));
    }

    @Test
    void sealNullAndEpochEntriesChangeNothing() throws Exception {
        updater.execute(entry(1, operation(ALICE, 1)));
        Digest root = updater.checkpoint(1);

        ExecutedEntry nothing = updater.execute(new LedgerEntry(2, Batch.NULL));
        ExecutedEntry seal = updater.execute(new LedgerEntry(3, Batch.of(List.of(Request.Seal.at(3)))));

        assertThat(nothing.results()).isEmpty();
        assertThat(seal.results()).isEmpty();
        assertThat(updater.checkpoint(3)).isEqualTo(root);
        assertThat(updater.latest()).isEqualTo(new StateCheckpoint(3, root));
    }

    @Test
    void entriesBehindTheCheckpointAreExecutedAgainAfterARestartWithTheSameResults() throws Exception {
        Random random = new Random(5);
        List<LedgerEntry> ledger = randomLedger(random, 40);
        List<ExecutedEntry> results = new ArrayList<>();
        Digest last = Digest.ZERO;
        for (LedgerEntry entry : ledger) {
            results.add(updater.execute(entry));
            if (entry.sequence() % 10 == 0) {
                last = updater.checkpoint(entry.sequence());
            }
        }

        StateStore other = new MemoryStateStore();
        for (int restart = 0; restart < 4; restart++) {
            updater = new StateUpdater(other, new Counter(), LIMITS);
            assertThat(updater.executedSequence()).isEqualTo(restart * 10L);
            // Some entries beyond the checkpoint are executed and forgotten with the process.
            for (int i = restart * 10; i < Math.min(40, restart * 10 + 17); i++) {
                assertThat(updater.execute(ledger.get(i))).isEqualTo(results.get(i));
                if (i == restart * 10 + 9) {
                    Digest _ = updater.checkpoint(i + 1);
                }
            }
        }

        assertThat(other.latest()).isEqualTo(new StateCheckpoint(40, last));
    }

    @Test
    void replyTableIsPartOfTheRoot() throws Exception {
        updater.execute(entry(1, operation(ALICE, 1)));
        Digest root = updater.checkpoint(1);
        updater.execute(entry(2, operation(ALICE, 100)));
        assertThat(updater.checkpoint(2))
                .as("a refused operation leaves no trace")
                .isEqualTo(root);

        StateStore other = new MemoryStateStore();
        StateUpdater second = new StateUpdater(other, new Counter(), LIMITS);
        second.execute(entry(1, operation(ALICE, 2)));

        assertThat(second.checkpoint(1)).isNotEqualTo(root);
        assertThat(other.get(StateLeaf.SESSION, Bytes.wrap(ALICE.raw().toByteArray())))
                .isPresent();
    }

    @Test
    void entriesAreTakenInOrderOnly() throws Exception {
        updater.execute(entry(1, operation(ALICE, 1)));

        assertThatThrownBy(() -> updater.execute(entry(3, operation(ALICE, 2))))
                .isInstanceOf(Invariant.Violation.class)
                .hasMessage("entry 3 executed after entry 1");
        assertThatThrownBy(() -> updater.checkpoint(2)).isInstanceOf(Invariant.Violation.class);
    }

    @Test
    void refusalOfTheDiskComesOutAsWhatItIs() throws Exception {
        StateStore broken = new FailingStore();
        StateUpdater onBroken = new StateUpdater(broken, new Counter(), LIMITS);

        assertThatThrownBy(() -> onBroken.execute(entry(1, operation(ALICE, 1))))
                .isInstanceOf(StoreException.class)
                .hasMessage("unreadable");
        assertThatThrownBy(() -> onBroken.execute(entry(1, operation(ALICE, 1))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("make a new updater");
    }

    @Test
    void refusalOfTheDiskIsNotWhatAMachineMakesOfIt() {
        StateMachine deaf = machine((state, _) -> {
            try {
                return state.get(Counter.KEY) == null ? count(0) : count(1);
            } catch (RuntimeException e) {
                return count(2);
            }
        });
        StateUpdater onBroken = new StateUpdater(new FailingStore(), deaf, LIMITS);

        assertThatThrownBy(() -> onBroken.execute(entry(1, operation(ALICE, 1))))
                .isInstanceOf(StoreException.class)
                .hasMessage("unreadable");
    }

    @Test
    void operationAtWhichTheMachineThrowsIsExecutedWithoutAnyEffect() throws Exception {
        StateMachine throwing = machine((state, payload) -> {
            state.put(payload, count(1));
            if (payload.at(0) == 7) {
                throw new IllegalStateException("seven");
            }
            return payload;
        });
        StateUpdater throwingUpdater = new StateUpdater(store, throwing, LIMITS);

        ExecutedEntry executed = throwingUpdater.execute(entry(1, operation(ALICE, 1, 7), operation(ALICE, 2, 8)));
        ExecutedEntry again = throwingUpdater.execute(entry(2, operation(ALICE, 1, 7)));
        Digest _ = throwingUpdater.checkpoint(2);

        assertThat(executed.results())
                .containsExactly(
                        new OperationResult(ALICE, 1, Status.OK, 1, Bytes.EMPTY),
                        new OperationResult(ALICE, 2, Status.OK, 1, count(8)));
        assertThat(again.results()).containsExactly(new OperationResult(ALICE, 1, Status.DUPLICATE, 1, Bytes.EMPTY));
        assertThat(store.get(StateLeaf.APPLICATION, count(7))).isEmpty();
        assertThat(store.get(StateLeaf.APPLICATION, count(8))).contains(count(1));
    }

    @Test
    void errorOfTheMachineStopsTheUpdaterAndNamesTheRequest() {
        StateMachine deep = machine((_, _) -> {
            throw new StackOverflowError();
        });
        StateUpdater onDeep = new StateUpdater(store, deep, LIMITS);

        assertThatThrownBy(() -> onDeep.execute(entry(1, operation(BOB, 5))))
                .isInstanceOf(MachineFaultException.class)
                .hasMessage(
                        "the state machine tested threw java.lang.StackOverflowError at request 5 of client %s at seq 1"
                                .formatted(BOB.hex()));
        assertThatThrownBy(() -> onDeep.checkpoint(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void checkedEntriesComeToTheSameAsUncheckedOnes() throws Exception {
        StateStore other = new MemoryStateStore();
        StateUpdater checked =
                new StateUpdater(other, new Counter(), LIMITS, Optional.of(new DeterminismCheck(Counter::new)));
        for (int sequence = 1; sequence <= 3; sequence++) {
            // The second is a duplicate within its batch.
            LedgerEntry entry = entry(
                    sequence,
                    operation(ALICE, 2L * sequence),
                    operation(ALICE, 2L * sequence),
                    operation(BOB, sequence));

            assertThat(checked.execute(entry)).isEqualTo(updater.execute(entry));
        }
        assertThat(checked.checkpoint(3)).isEqualTo(updater.checkpoint(3));
    }

    @Test
    void machineThatReadsTheClockIsStoppedBeforeItsResultIsKnown() throws Exception {
        StateMachine clock = machine((state, _) -> {
            state.put(Counter.KEY, StateStoreContract.bytes(Long.toString(System.nanoTime())));
            return count(1);
        });
        StateUpdater checked = new StateUpdater(store, clock, LIMITS, Optional.of(new DeterminismCheck(() -> clock)));

        assertThatThrownBy(() -> checked.execute(entry(1, operation(ALICE, 3))))
                .isInstanceOf(NondeterminismException.class)
                .hasMessageMatching(
                        "the state machine tested is not deterministic: executed twice, request 3 of client %s at seq 1 came to different things: key \"count\" written \"\\d+\", then written \"\\d+\""
                                .formatted(ALICE.hex()));
        assertThat(checked.executedSequence()).isZero();
        assertThatThrownBy(() -> checked.checkpoint(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyClientsAreServedFromLittleMemory() throws Exception {
        StateUpdater second = new StateUpdater(store, new Counter(), LIMITS);
        int clients = 2000;
        for (int round = 1; round <= 3; round++) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                requests.add(operation(client(i), round));
                requests.add(operation(client(i), round));
            }
            ExecutedEntry executed = second.execute(new LedgerEntry(round, Batch.of(requests)));
            Digest _ = second.checkpoint(round);
            for (int i = 0; i < clients; i++) {
                assertThat(executed.results().get(2 * i).status()).isEqualTo(Status.OK);
                assertThat(executed.results().get(2 * i + 1).status()).isEqualTo(Status.DUPLICATE);
            }
        }
    }

    private static StateMachine machine(BiFunction<StateMachine.State, Bytes, Bytes> body) {
        return new StateMachine() {
            @Override
            public String name() {
                return "tested";
            }

            @Override
            public Bytes apply(State state, VerifyingKey client, Bytes operation) {
                return body.apply(state, operation);
            }
        };
    }

    /** A store in which nothing of the application can be read. */
    private static final class FailingStore implements StateStore {

        private final MemoryStateStore empty = new MemoryStateStore();

        @Override
        public StateCheckpoint latest() {
            return empty.latest();
        }

        @Override
        public List<StateCheckpoint> checkpoints() {
            return empty.checkpoints();
        }

        @Override
        public Optional<Bytes> get(int space, Bytes key) throws StoreException {
            if (space == StateLeaf.APPLICATION) {
                throw new StoreException("unreadable");
            }
            return Optional.empty();
        }

        @Override
        public Digest commit(long sequence, java.util.Collection<StateChange> changes) {
            return empty.commit(sequence, changes);
        }

        @Override
        public Optional<StateProof> prove(long sequence, Digest root, int space, Bytes key) {
            return Optional.empty();
        }

        @Override
        public Optional<StateChunk> chunk(long sequence, Digest root, Bytes prefix, int limitBytes) {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    private static List<LedgerEntry> randomLedger(Random random, int entries) {
        List<LedgerEntry> ledger = new ArrayList<>();
        for (int sequence = 1; sequence <= entries; sequence++) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                requests.add(operation(
                        random.nextBoolean() ? ALICE : BOB,
                        Math.max(1, sequence - 5 + random.nextInt(12)),
                        1 + random.nextInt(100)));
            }
            ledger.add(new LedgerEntry(sequence, Batch.of(requests)));
        }
        return ledger;
    }

    private static LedgerEntry entry(long sequence, Request... requests) {
        return new LedgerEntry(sequence, Batch.of(List.of(requests)));
    }

    private static Request operation(VerifyingKey client, long id) {
        return operation(client, id, 1);
    }

    private static Request operation(VerifyingKey client, long id, int resultBytes) {
        Bytes payload = Bytes.wrap(new byte[] {(byte) resultBytes});
        Signature signature = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));
        ByteWriter writer = new ByteWriter();
        writer.u8(Request.TYPE_OPERATION).digest(client.raw()).u64(id).sized(payload);
        signature.encode(writer);
        return new Request.Operation(client, id, payload, signature, writer.toBytes());
    }

    private static VerifyingKey client(int number) {
        return new VerifyingKey(Sha256.of(new ByteWriter().u32(number).toByteArray()));
    }

    private static Bytes count(int count) {
        return Bytes.wrap(new byte[] {(byte) count});
    }
}
