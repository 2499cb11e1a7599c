package io.sherd.archive.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.VerifyingKey;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GenesisFileTest {

    private static final Genesis GENESIS = genesis(4);
    private static final String TEXT = GenesisFile.format(GENESIS);

    @TempDir
    private Path directory;

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        Path file = directory.resolve("genesis.json");

        GenesisFile.write(file, GENESIS);

        assertThat(GenesisFile.read(file)).isEqualTo(GENESIS);
        assertThat(TEXT)
                .startsWith("{\n  \"format\" : \"sherd.genesis/1\",\n  \"cluster-id\" : \"" + GENESIS.clusterId())
                .contains("\"pieces-needed\" : 3")
                .contains("\"segment-target-bytes\" : 1048576")
                .contains("\"tls-pin\"")
                .endsWith("}\n");
    }

    @Test
    void anExistingFileIsNotOverwritten() throws Exception {
        Path file = Files.writeString(directory.resolve("genesis.json"), "mine");

        assertThatThrownBy(() -> GenesisFile.write(file, GENESIS)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("mine");
    }

    @Test
    void anUnknownKeyIsAnErrorWithItsPlaceAndTheNearestName() {
        GenesisException refused = refusal(TEXT.replace("\"checkpoint-interval\"", "\"checkpoint_interval\""));

        assertThat(refused)
                .hasMessageMatching("g\\.json:\\d+:\\d+: unknown key \"checkpoint_interval\","
                        + " did you mean \"checkpoint-interval\"\\?");
        assertThat(refused.line()).isEqualTo(lineOf("checkpoint-interval"));
        assertThat(refused.column()).isPositive();
    }

    @Test
    void anUnknownKeyThatIsLikeNoneGetsNoGuess() {
        assertThat(refusal(TEXT.replace("\"faults\"", "\"zzzzzzzzzzzz\"")))
                .hasMessageContaining("unknown key \"zzzzzzzzzzzz\"")
                .hasMessageNotContaining("did you mean");
    }

    @Test
    void aChangedValueIsFoundByTheClusterId() {
        assertThat(refusal(TEXT.replace("\"seal-millis\" : 1000", "\"seal-millis\" : 1001")))
                .hasMessageContaining("states the cluster id " + GENESIS.clusterId());
    }

    @Test
    void tooManyFaultsForSoFewReplicasAreRefused() {
        assertThat(refusal(TEXT.replace("\"faults\" : 1", "\"faults\" : 2")))
                .hasMessageContaining("4 replicas cannot tolerate 2 faulty ones: n > 3f does not hold");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"faults\" : 1,         | \"\"                        | missing",
                "\"faults\" : 1          | \"faults\" : null           | faults",
                "\"faults\" : 1          | \"faults\" : \"one\"        | faults",
                "\"faults\" : 1          | \"faults\" : 1.5            | faults",
                "\"pieces-needed\" : 3   | \"pieces-needed\" : 1       | must be f + 1 = 2 to n - f = 3",
                "\"window\" : 256        | \"window\" : 100            | limits: window is 100",
                "sherd.genesis/1         | sherd.genesis/2             | this program reads \"sherd.genesis/1\"",
                "127.0.0.1:7402          | 127.0.0.1                   | replicas[1].edge-address",
                "127.0.0.1:7402          | 127.0.0.1:99999             | replicas[1].edge-address",
                "\"name\" : \"test\",    | \"name\" : \"test\", \"name\" : \"test\", | Duplicate"
            })
    void whatDoesNotFitIsRefusedByName(String found, String changed, String message) {
        String replacement = changed.equals("\"\"") ? "" : changed;

        assertThat(TEXT).contains(found);
        assertThat(refusal(TEXT.replace(found, replacement))).message().containsIgnoringCase(message);
    }

    @Test
    void aKeyThatIsNotHexadecimalIsRefusedByName() {
        String key = GENESIS.members().member(2).key().hex();

        assertThat(refusal(TEXT.replace(key, "zz" + key.substring(2)))).hasMessageContaining("replicas[2].key: ");
    }

    @Test
    void brokenJsonIsRefusedWithItsPlace() {
        for (String broken : List.of("", "null", "[]", "{", TEXT + "x", TEXT.substring(0, TEXT.length() / 2))) {
            assertThat(refusal(broken)).isNotNull();
        }
        assertThat(refusal(TEXT.replaceFirst(",", ";")).line()).isEqualTo(2);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> GenesisFile.read(directory.resolve("none.json")))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining("none.json");
    }

    private static GenesisException refusal(String text) {
        return catchThrowableOfType(GenesisException.class, () -> GenesisFile.parse(text, "g.json"));
    }

    private static int lineOf(String part) {
        return (int) TEXT.substring(0, TEXT.indexOf(part)).lines().count();
    }

    private static Genesis genesis(int replicas) {
        List<Member> members = IntStream.range(0, replicas)
                .mapToObj(i -> new Member(
                        Ed25519Signer.generate().key(),
                        RandomIds.nonce(),
                        "127.0.0.1:" + (7301 + i),
                        "127.0.0.1:" + (7401 + i),
                        RandomIds.directoryId(),
                        0))
                .toList();
        List<VerifyingKey> clients = Stream.generate(
                        () -> Ed25519Signer.generate().key())
                .limit(3)
                .sorted()
                .toList();
        return new Genesis(
                "test",
                RandomIds.nonce(),
                new Quorums(replicas, Quorums.largestFaultLimit(replicas)),
                3,
                "key-value",
                Limits.DEFAULT,
                new MemberTable(
                        0, members, clients, List.of(Ed25519Signer.generate().key())));
    }
}
