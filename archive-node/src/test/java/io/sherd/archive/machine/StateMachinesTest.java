package io.sherd.archive.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.machine.MachineException.Kind;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.MemoryState;
import io.sherd.replication.machine.NondeterminismException;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Genesis and jar fit together, or it is said what does not. */
final class StateMachinesTest {

    private static final VerifyingKey CLIENT = new VerifyingKey(Digest.ZERO);

    @TempDir
    private Path directory;

    private JarMaker maker;

    @BeforeEach
    void begin() {
        maker = new JarMaker(directory);
    }

    @Test
    void whatSherdShipsNeedsNoJar() throws Exception {
        assertThat(StateMachines.of(genesis("key-value/1"), Optional.empty()).get())
                .isInstanceOf(KeyValueMachine.class);
    }

    @Test
    void aMachineOfAJarIsLoadedByItsHash() throws Exception {
        Path jar = maker.machine("Echo", "echo/1", "return operation;")
                .services("# what is in here", "Echo")
                .write("echo.jar");

        StateMachine machine =
                StateMachines.of(naming("echo/1", jar), Optional.of(jar)).get();

        assertThat(machine.name()).isEqualTo("echo/1");
        assertThat(machine.apply(new MemoryState(), CLIENT, Bytes.copyOf(new byte[] {7})))
                .isEqualTo(Bytes.copyOf(new byte[] {7}));
        assertThat(MachineJar.read(jar).names()).containsExactly("echo/1");
    }

    @Test
    void aReplacedFileChangesNothingThatWasLoaded() throws Exception {
        Path jar = maker.machine("Echo", "echo/1", "return operation;")
                .services("Echo")
                .write("echo.jar");
        Supplier<StateMachine> machines = StateMachines.of(naming("echo/1", jar), Optional.of(jar));

        Files.writeString(jar, "something else");

        assertThat(machines.get().apply(new MemoryState(), CLIENT, Bytes.EMPTY)).isEqualTo(Bytes.EMPTY);
    }

    @Test
    void notEvenStaticFieldsAreSharedSoThatTheCheckFindsWhatIsRememberedInThem() throws Exception {
        Path jar = maker.machine("Counter", "counter/1", "count++; return Bytes.wrap(new byte[count]);")
                .services("Counter")
                .write("counter.jar");
        DeterminismCheck check = new DeterminismCheck(StateMachines.of(naming("counter/1", jar), Optional.of(jar)));
        List<DeterminismCheck.Call> batch = List.of(new DeterminismCheck.Call(CLIENT, Bytes.EMPTY));
        List<Bytes> _ = check.batch(new MemoryState(), batch);

        assertThatThrownBy(() -> check.batch(new MemoryState(), batch)).isInstanceOf(NondeterminismException.class);
    }

    @Test
    void aMachineSeesTheJdkAndThePortAndNothingElseOfThisProcess() throws Exception {
        Path jar =
                maker.machine("Looking", "looking/1", """
                        try {
                            Class.forName(new String(operation.toByteArray()));
                            return Bytes.wrap(new byte[] {1});
                        } catch (ClassNotFoundException e) {
                            return Bytes.EMPTY;
                        }
                        """).services("Looking").write("looking.jar");
        StateMachine machine =
                StateMachines.of(naming("looking/1", jar), Optional.of(jar)).get();

        assertThat(sees(machine, "java.util.TreeMap")).isTrue();
        assertThat(sees(machine, "io.sherd.replication.wire.ByteReader")).isTrue();
        assertThat(sees(machine, "io.sherd.merkle.Sha256")).isTrue();
        assertThat(sees(machine, "io.sherd.archive.state.StateStore")).isFalse();
        assertThat(sees(machine, "org.rocksdb.RocksDB")).isFalse();
    }

    @Test
    void aJarThatTheGenesisDoesNotNameIsRefusedWithBothHashes() throws Exception {
        Path jar = maker.machine("Echo", "echo/1", "return operation;")
                .services("Echo")
                .write("echo.jar");
        Genesis genesis = naming("echo/1", jar);
        Path other = maker.file("README", new byte[1]).write("other.jar");

        assertRefused(Kind.OTHER_JAR, () -> StateMachines.of(genesis, Optional.of(other)))
                .contains(
                        MachineJar.read(jar).digest().hex(),
                        MachineJar.read(other).digest().hex());
    }

    @Test
    void whatIsMissingOrTooMuchIsSaid() throws Exception {
        Path jar = maker.machine("Echo", "echo/1", "return operation;")
                .services("Echo")
                .write("echo.jar");

        assertRefused(Kind.NO_JAR, () -> StateMachines.of(naming("echo/1", jar), Optional.empty()))
                .contains("echo/1");
        assertRefused(Kind.UNWANTED_JAR, () -> StateMachines.of(genesis("key-value/1"), Optional.of(jar)))
                .contains("key-value/1");
        assertRefused(Kind.NO_SUCH_MACHINE, () -> StateMachines.of(naming("echo/2", jar), Optional.of(jar)))
                .contains("echo/2", "[echo/1]");
        assertRefused(Kind.NO_SUCH_MACHINE, () -> StateMachines.of(genesis("key-value/9"), Optional.empty()))
                .contains("key-value/9", "[key-value/1]");
        assertRefused(Kind.NO_SUCH_MACHINE, () -> StateMachines.of(genesis("a b"), Optional.empty()))
                .contains("\"a b\"");
        Path nowhere = directory.resolve("nowhere.jar");
        assertRefused(Kind.ABSENT, () -> MachineJar.read(nowhere)).contains(nowhere.toString());
    }

    @Test
    void whatIsNoJarOfStateMachinesIsRefused() throws Exception {
        Path text = Files.writeString(directory.resolve("text.jar"), "just text");
        assertRefused(Kind.BROKEN, () -> MachineJar.read(text)).contains("is not a jar");

        Path nothing = maker.file("README", new byte[1]).write("nothing.jar");
        assertRefused(Kind.BROKEN, () -> MachineJar.read(nothing).names()).contains("META-INF/services/", "no class");

        Path absent = maker.services("Absent").write("absent.jar");
        assertRefused(Kind.BROKEN, () -> MachineJar.read(absent).names()).contains("class Absent cannot be made");

        Path other =
                maker.source("Other", "public class Other {}").services("Other").write("other.jar");
        assertRefused(Kind.BROKEN, () -> MachineJar.read(other).names())
                .contains("class Other is not a io.sherd.replication.ledger.StateMachine");

        Path twice = maker.machine("One", "same/1", "return operation;")
                .machine("Two", "same/1", "return operation;")
                .services("One", "Two")
                .write("twice.jar");
        assertRefused(Kind.BROKEN, () -> MachineJar.read(twice).names()).contains("two state machines", "same/1");
    }

    @Test
    void classesOfALaterJavaAreToldApart() throws Exception {
        byte[] later = maker.machine("Echo", "echo/1", "return operation;").content("Echo.class");
        // The major version of the class file format, bytes 6 and 7.
        later[7]++;
        Path jar = maker.file("Echo.class", later).services("Echo").write("later.jar");

        assertRefused(Kind.LATER_JAVA, () -> MachineJar.read(jar).names()).contains("later Java than");
    }

    private static AbstractStringAssert<?> assertRefused(Kind kind, ThrowingCallable call) {
        MachineException refusal = catchThrowableOfType(MachineException.class, call);
        assertThat(refusal).isNotNull();
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        return assertThat(String.valueOf(refusal.getMessage()));
    }

    private static boolean sees(StateMachine machine, String className) {
        Bytes operation = Bytes.copyOf(className.getBytes(StandardCharsets.UTF_8));
        return !machine.apply(new MemoryState(), CLIENT, operation).isEmpty();
    }

    private static Genesis naming(String name, Path jar) throws MachineException {
        return genesis(MachineJar.read(jar).reference(name).text());
    }

    private static Genesis genesis(String stateMachine) {
        List<Member> members = new ArrayList<>();
        for (byte replica = 0; replica < 4; replica++) {
            byte[] raw = new byte[Digest.SIZE_BYTES];
            raw[0] = replica;
            members.add(new Member(
                    new VerifyingKey(Digest.of(raw)),
                    Digest.of(raw),
                    "127.0.0.1:" + (7000 + replica),
                    "127.0.0.1:" + (7100 + replica),
                    new DirectoryId(Bytes.wrap(new byte[16])),
                    0));
        }
        return new Genesis(
                "tested",
                Digest.ZERO,
                new Quorums(4, 1),
                3,
                stateMachine,
                Limits.DEFAULT,
                new MemberTable(0, members, List.of(CLIENT), List.of()));
    }
}
