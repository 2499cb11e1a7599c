package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.scrub.ScrubSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigTest {
    private static final String RIGHT = """
            # a comment
            replica: 2
            genesis: ../genesis.json
            data-dir: /var/lib/sherd
            ledger-key: keys/ledger.key
            tls-key: keys/tls.key
            tls-certificate: keys/tls.crt
            """;

    @TempDir
    private Path directory;

    @Test
    void pathsAreRelativeToTheFileAndAddressesMayBeLeftOut() throws Exception {
        assertThat(read(RIGHT))
                .isEqualTo(new NodeConfig(
                        2,
                        directory.resolveSibling("genesis.json"),
                        Path.of("/var/lib/sherd"),
                        directory.resolve("keys/ledger.key"),
                        directory.resolve("keys/tls.key"),
                        directory.resolve("keys/tls.crt"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        NodeConfig.DEFAULT_KEEP_ENTRY_BYTES,
                        ScrubSettings.DEFAULT));
    }

    @Test
    void howToScrubMayBeGiven() throws Exception {
        assertThat(read(RIGHT + "scrub-rate: 1000\nscrub-period: 12h\nscrub-repair: report\n")
                        .scrub())
                .isEqualTo(new ScrubSettings(1000, Duration.ofHours(12), ScrubSettings.Repairs.REPORT));
    }

    @ParameterizedTest
    @CsvSource({
        "scrub-rate: 0, a scrub of 0 bytes a second",
        "scrub-period: 0s, a scrub every PT0S",
        "scrub-period: weekly, '\"weekly\" is not a duration such as 500ms, 30s, 5m, 2h or 7d'",
        "scrub-repair: maybe, '\"maybe\" is neither auto nor report'"
    })
    void aScrubThatCannotBeIsRefused(String line, String reason) {
        assertThatThrownBy(() -> read(RIGHT + line + "\n"))
                .isInstanceOf(NodeConfigException.class)
                .hasMessage(directory.resolve("sherd.yaml") + ": scrub-rate, scrub-period or scrub-repair: " + reason);
    }

    @Test
    void addressesMayBeGiven() throws Exception {
        NodeConfig config = read(RIGHT + "peer-listen: 0.0.0.0:7400\nedge-listen: \"[::]:7500\"\n");

        assertThat(config.peerListen()).contains("0.0.0.0:7400");
        assertThat(config.edgeListen()).contains("[::]:7500");
    }

    @ParameterizedTest
    @CsvSource({
        "data-dri, 'unknown key \"data-dri\", did you mean \"data-dir\"?'",
        "data_dir, 'unknown key \"data_dir\", did you mean \"data-dir\"?'",
        "peer-listne, 'unknown key \"peer-listne\", did you mean \"peer-listen\"?'",
        "colour, 'unknown key \"colour\"'"
    })
    void anUnknownKeyIsNamedAtItsPlaceWithTheNearestKnownOne(String key, String message) {
        assertThatThrownBy(() -> read(RIGHT + key + ": x\n"))
                .isInstanceOf(NodeConfigException.class)
                .hasMessage(directory.resolve("sherd.yaml") + ":8:1: " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"replica", "genesis", "data-dir", "ledger-key", "tls-key", "tls-certificate"})
    void aKeyThatIsMissingIsNamed(String key) {
        assertThatThrownBy(() -> read(RIGHT.replaceFirst("(?m)^" + key + ":.*\\n", "")))
                .isInstanceOf(NodeConfigException.class)
                .hasMessage(directory.resolve("sherd.yaml") + ": missing key \"" + key + "\"");
    }

    @Test
    void aKeyThatIsThereTwiceIsRefused() {
        assertThatThrownBy(() -> read(RIGHT + "replica: 3\n"))
                .isInstanceOf(NodeConfigException.class)
                .hasMessageContaining(":8:")
                .hasMessageContaining("replica");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two", "2.5", "[2]", "99999999999"})
    void aReplicaThatIsNoWholeNumberIsRefused(String value) {
        assertThatThrownBy(() -> read(RIGHT.replace("replica: 2", "replica: " + value)))
                .isInstanceOf(NodeConfigException.class)
                .hasMessageContaining(directory.resolve("sherd.yaml") + ":2:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "   \n", "# nothing but a comment\n", "just text", "- a\n- list\n", "replica: [1\n", "{"})
    void whatIsNoConfigurationIsRefused(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(NodeConfigException.class)
                .hasMessageContaining("sherd.yaml");
    }

    @Test
    void aSecondDocumentInTheFileIsRefused() {
        assertThatThrownBy(() -> read(RIGHT + "---\n" + RIGHT)).isInstanceOf(NodeConfigException.class);
    }

    @Test
    void aFileThatIsAbsentADirectoryOrHugeIsRefused() throws Exception {
        Path file = directory.resolve("sherd.yaml");
        assertThatThrownBy(() -> NodeConfig.read(file))
                .isInstanceOf(NodeConfigException.class)
                .hasMessage("there is no file " + file);
        assertThatThrownBy(() -> NodeConfig.read(directory))
                .isInstanceOf(NodeConfigException.class)
                .hasMessageContaining(directory + " cannot be read");
        assertThatThrownBy(() -> read(RIGHT + "#".repeat(70_000)))
                .isInstanceOf(NodeConfigException.class)
                .hasMessageContaining("larger than any configuration");
    }

    private NodeConfig read(String text) throws Exception {
        return NodeConfig.read(Files.writeString(directory.resolve("sherd.yaml"), text));
    }
}
