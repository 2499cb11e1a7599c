package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.consensus.durable.VotesMissingException;
import io.sherd.consensus.node.SupersededException;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.machine.NondeterminismException;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class EmergencyStopTest {
    private final List<CommandFailure> reported = new CopyOnWriteArrayList<>();
    private final List<Integer> halted = new CopyOnWriteArrayList<>();

    @Test
    void aDiskThatRefusesEndsTheProcessWithItsOwnCode() {
        new EmergencyStop(reported::add, halted::add).accept(new StoreException("votes: IOError: No space left"));

        assertThat(halted).containsExactly(15);
        assertThat(reported)
                .singleElement()
                .satisfies(
                        failure -> assertThat(failure.lines())
                                .containsExactly(
                                        "error[store.io]: votes: IOError: No space left",
                                        "  hint: look at the disk's space and health, then start this again: it goes on from what is durable"));
    }

    @Test
    void aRottenDatabaseABugLostVotesAndAnotherCopyHaveOtherCodes() {
        new EmergencyStop(reported::add, halted::add).accept(new StoreCorruptException("state: checksum"));
        new EmergencyStop(reported::add, halted::add).accept(new IllegalStateException("two member tables"));
        new EmergencyStop(reported::add, halted::add)
                .accept(new VotesMissingException("votes that were sent are gone"));
        new EmergencyStop(reported::add, halted::add)
                .accept(new SupersededException(7, new DirectoryId(Bytes.copyOf(new byte[16]))));

        assertThat(halted).containsExactly(10, 1, 10, 8);
        assertThat(reported)
                .extracting(CommandFailure::word)
                .containsExactly("store.corrupt", "node.stopped", "votes.missing", "node.superseded");
        assertThat(reported.getFirst().hint())
                .isEqualTo("move the data directory away, then `sherd restore` makes it anew from the other replicas");
    }

    @Test
    void aStateMachineThatIsNotDeterministicAndOneThatFailsHaveTheirOwnWords() {
        new EmergencyStop(reported::add, halted::add).accept(new NondeterminismException("executed twice, at seq 7"));
        new EmergencyStop(reported::add, halted::add)
                .accept(new MachineFaultException("it threw at seq 7", new StackOverflowError()));

        assertThat(halted).containsExactly(8, 1);
        assertThat(reported)
                .extracting(CommandFailure::word, CommandFailure::getMessage)
                .containsExactly(
                        tuple("machine.nondeterministic", "executed twice, at seq 7"),
                        tuple("machine.failed", "it threw at seq 7"));
    }

    @Test
    void onlyTheFirstReasonCounts() {
        EmergencyStop stop = new EmergencyStop(reported::add, halted::add);

        stop.accept(new StoreException("the first"));
        stop.accept(new IllegalStateException("what followed from it"));

        assertThat(halted).containsExactly(15);
        assertThat(reported).extracting(CommandFailure::getMessage).containsExactly("the first");
    }

    @Test
    void aReasonThatCannotBePrintedDoesNotKeepTheProcessAlive() {
        CountDownLatch never = new CountDownLatch(1);
        EmergencyStop stop = new EmergencyStop(
                _ -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                halted::add);

        assertTimeoutPreemptively(
                EmergencyStop.PATIENCE.multipliedBy(5), () -> stop.accept(new StoreException("the disk hangs")));

        assertThat(halted).containsExactly(15);
        never.countDown();
    }
}
