package io.sherd.consensus.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered.Sealing;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies of the directory while it is open stand for what a killed process leaves; then one thing of the copy is damaged. What
 * must hold: a damaged log opens whole, or is refused; never with fewer votes than were spoken.
 */
class VoteLogDamageTest {

    private static final int SELF = 2;
    private static final int VOTES = 20;

    private final TestCluster cluster = new TestCluster(4);
    private final Genesis genesis = cluster.genesis();
    private final List<Message.Prepare> spoken = new ArrayList<>();

    @TempDir
    private Path temporary;

    private Path original;
    private Path copy;
    private VoteLog log;

    @BeforeEach
    void appendVotes() throws Exception {
        original = temporary.resolve("votes");
        copy = temporary.resolve("copy");
        VoteLog.create(original, genesis, SELF, TestCluster.directory(SELF));
        log = open(original);
        for (int i = 1; i <= VOTES; i++) {
            speak(i);
        }
    }

    @AfterEach
    void close() throws Exception {
        log.close();
    }

    @Test
    void whatAKilledProcessLeavesHasEveryVote() throws Exception {
        image();
        assertThat(votesOf(copy)).isEqualTo(spoken);
        assertThat(votesOf(copy)).isEqualTo(spoken);
    }

    @Test
    void whatWasAppendedWithoutASyncSurvivesAKilledProcess() throws Exception {
        Message.Prepare vote = vote(VOTES + 1);
        log.append(List.of(new VoteRecord.OwnPrepare(vote)), false);
        image();
        assertThat(votesOf(copy)).hasSize(VOTES + 1).endsWith(vote);
    }

    @Test
    void aTornAppendThatDidNotReturnIsDropped() throws Exception {
        byte[] highWater = Files.readAllBytes(original.resolve("high-water"));
        long before = Files.size(writeAheadLog(original));
        speak(VOTES + 1);
        long after = Files.size(writeAheadLog(original));
        assertThat(after).isGreaterThan(before);
        for (long size = before; size < after; size += 7) {
            image();
            Files.write(copy.resolve("high-water"), highWater);
            truncate(writeAheadLog(copy), size);
            assertThat(votesOf(copy))
                    .as("torn %d bytes after %d", size - before, before)
                    .isEqualTo(spoken.subList(0, VOTES));
        }
    }

    @Test
    void aTornAppendThatReturnedIsNoticed() throws Exception {
        long after = Files.size(writeAheadLog(original));
        for (int torn = 1; torn < 40; torn += 3) {
            image();
            truncate(writeAheadLog(copy), after - torn);
            assertRefusedTwice(VotesMissingException.class);
        }
    }

    @Test
    void aFlippedBitInTheWriteAheadLogIsNoticed() throws Exception {
        long size = Files.size(writeAheadLog(original));
        for (long at = 0; at < size; at += 61) {
            image();
            flip(writeAheadLog(copy), at);
            assertRefusedTwice(StoreException.class);
        }
    }

    @Test
    void aDeletedWriteAheadLogIsNoticed() throws Exception {
        image();
        Files.delete(writeAheadLog(copy));
        assertRefusedTwice(VotesMissingException.class);
        assertThatThrownBy(() -> open(copy))
                .hasMessageContaining("20 appends, up to position 20, view 0 of epoch 0")
                .hasMessageContaining("the log holds 0");
    }

    @Test
    void anEmptiedWriteAheadLogIsNoticed() throws Exception {
        image();
        truncate(writeAheadLog(copy), 0);
        assertRefusedTwice(VotesMissingException.class);
    }

    @Test
    void aWriteAheadLogThatBeganAfterTheLastSyncOfTheRecordIsMissedToo() throws Exception {
        reopen();
        speak(VOTES + 1);
        image();
        Files.delete(writeAheadLog(copy));
        assertRefusedTwice(VotesMissingException.class);
    }

    @Test
    void aDeletedDirectoryOfTheDatabaseIsRefusedAndNotMadeAnew() throws Exception {
        reopen();
        for (String missing : List.of("CURRENT", "MANIFEST", ".sst")) {
            image();
            Files.delete(file(copy, missing));
            assertRefusedTwice(StoreException.class);
        }
    }

    @Test
    void aMissingOrRottenRecordIsRefused() throws Exception {
        image();
        Files.delete(copy.resolve("high-water"));
        assertRefusedTwice(StoreCorruptException.class);
        image();
        flip(copy.resolve("high-water"), 20);
        flip(copy.resolve("high-water"), 4096 + 20);
        assertRefusedTwice(StoreCorruptException.class);
    }

    @Test
    void aTornWriteOfTheRecordLeavesTheOneBefore() throws Exception {
        for (long slot : new long[] {0, 4096}) {
            image();
            flip(copy.resolve("high-water"), slot + 20);
            assertThat(votesOf(copy)).isEqualTo(spoken);
        }
    }

    @Test
    void theRecordOfAnotherDirectoryIsRefused() throws Exception {
        Path other = temporary.resolve("other");
        VoteLog.create(other, genesis, SELF, TestCluster.directory(9));
        image();
        Files.write(copy.resolve("high-water"), Files.readAllBytes(other.resolve("high-water")));
        assertRefusedTwice(UnsafeDirectoryException.class);
    }

    @Test
    void anOlderCopyOfTheDatabaseUnderTheSameRecordIsNoticed() throws Exception {
        image();
        speak(VOTES + 1);
        Files.write(copy.resolve("high-water"), Files.readAllBytes(original.resolve("high-water")));
        assertRefusedTwice(VotesMissingException.class);
    }

    private void speak(int sequence) throws StoreException {
        Message.Prepare vote = vote(sequence);
        log.append(List.of(new VoteRecord.OwnPrepare(vote)), true);
        spoken.add(vote);
    }

    private Message.Prepare vote(int sequence) {
        return cluster.prepare(cluster.ballot(0, 0, sequence, cluster.batch(sequence)), SELF);
    }

    private VoteLog open(Path path) throws StoreException {
        return VoteLog.open(path, genesis, SELF, TestCluster.directory(SELF));
    }

    /** Closing and opening writes the log's content to tables and begins a new write-ahead log. */
    private void reopen() throws StoreException {
        log.close();
        log = open(original);
    }

    private List<Message.Prepare> votesOf(Path path) throws StoreException {
        try (VoteLog opened = open(path)) {
            StartingPoint start =
                    new StartingPoint(genesis.members(), List.of(), Optional.empty(), 0, false, Sealing.NONE);
            return opened.recover(start).prepares();
        }
    }

    /** A supervisor starts a process again: what is refused once must be refused for ever. */
    private void assertRefusedTwice(Class<? extends StoreException> as) {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> open(copy).close()).isInstanceOf(as);
        }
    }

    private void image() throws IOException {
        DurableFiles.deleteTree(copy);
        Files.createDirectories(copy);
        try (Stream<Path> files = Files.list(original)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
    }

    private static Path writeAheadLog(Path directory) throws IOException {
        return file(directory, ".log");
    }

    private static Path file(Path directory, String part) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().contains(part))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static void truncate(Path file, long size) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(size);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(at);
            int value = access.read();
            access.seek(at);
            access.write(value ^ 0x10);
        }
    }
}
