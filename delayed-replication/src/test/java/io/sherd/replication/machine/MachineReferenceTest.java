package io.sherd.replication.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Sha256;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MachineReferenceTest {

    private static final String HEX = Sha256.of(new byte[] {1}).hex();

    @Test
    void aMachineOfSherdIsItsNameAlone() {
        MachineReference reference = new MachineReference("key-value/1", Optional.empty());

        assertThat(reference.text()).isEqualTo("key-value/1");
        assertThat(MachineReference.parse("key-value/1")).isEqualTo(reference);
    }

    @Test
    void aMachineOfAJarHasTheHashOfTheJar() {
        MachineReference reference = new MachineReference("tokens/1", Optional.of(Sha256.of(new byte[] {1})));

        assertThat(reference.text()).isEqualTo("tokens/1@sha256:" + HEX);
        assertThat(MachineReference.parse(reference.text())).isEqualTo(reference);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "two words",
                "tokens/1@",
                "tokens/1@sha256:",
                "tokens/1@sha256:00",
                "tokens/1@md5:00",
                "ü",
                "@"
            })
    void whatNamesNothingIsRefused(String text) {
        assertThatThrownBy(() -> MachineReference.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void oneJarIsNamedInOneWay() {
        assertThatThrownBy(() -> MachineReference.parse("tokens/1@sha256:" + HEX.toUpperCase(Locale.ROOT)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MachineReference.parse("tokens/1@sha256:" + HEX + "00"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(MachineReference.parse("a".repeat(MachineReference.MAX_NAME)).name())
                .hasSize(100);
        assertThatThrownBy(() -> MachineReference.parse("a".repeat(101))).isInstanceOf(IllegalArgumentException.class);
    }
}
