package io.sherd.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputTest {
    private record Sample(boolean ok, List<Long> archiveBytes, String name) implements Report {
        @Override
        public String schema() {
            return "sherd.sample/1";
        }

        @Override
        public List<String> text() {
            return List.of(name);
        }
    }

    @Test
    void aReportIsOneLineWithItsSchemaFirstAndItsFieldsInOrder() {
        assertThat(Json.line(new Sample(true, List.of(1L, 2L), "n")))
                .isEqualTo("{\"schema\":\"sherd.sample/1\",\"ok\":true,\"archiveBytes\":[1,2],\"name\":\"n\"}");
    }

    @Test
    void aFailureSaysWhatThenFactsThenWhatToDo() {
        CommandFailure failure = new CommandFailure(
                ExitCode.UNREPAIRABLE,
                "piece.insufficient",
                "segment 17 cannot be rebuilt",
                List.of("r3 is down"),
                "start r3");
        assertThat(failure.lines())
                .containsExactly(
                        "error[piece.insufficient]: segment 17 cannot be rebuilt", "  r3 is down", "  hint: start r3");
        assertThat(Json.line(failure))
                .isEqualTo(
                        "{\"schema\":\"sherd.error/1\",\"exitCode\":11,\"word\":\"piece.insufficient\","
                                + "\"message\":\"segment 17 cannot be rebuilt\",\"facts\":[\"r3 is down\"],\"hint\":\"start r3\"}");
    }

    @Test
    void theMoreSevereFindingDecides() {
        List<ExitCode> rising = List.of(
                ExitCode.DONE, ExitCode.WARNINGS, ExitCode.REPAIRABLE, ExitCode.BYZANTINE, ExitCode.UNREPAIRABLE);
        for (int i = 0; i < rising.size(); i++) {
            for (int j = 0; j < rising.size(); j++) {
                assertThat(rising.get(i).or(rising.get(j))).isEqualTo(rising.get(Math.max(i, j)));
            }
        }
    }

    @Test
    void aReasonToStopIsNoFinding() {
        assertThatIllegalArgumentException().isThrownBy(() -> ExitCode.DONE.or(ExitCode.USAGE));
    }

    @Test
    void aTableHasColumnsAsWideAsTheirWidestCell() {
        assertThat(new Table("ID", "ROLE", "SEQ")
                        .row("r0", "primary", 7)
                        .row("r1", "backup", 12)
                        .lines())
                .containsExactly("ID  ROLE     SEQ", "r0  primary  7", "r1  backup   12");
    }

    @Test
    void numbersReadAsPeopleWriteThem() {
        assertThat(Units.bytes(0)).isEqualTo("0 B");
        assertThat(Units.bytes(1023)).isEqualTo("1023 B");
        assertThat(Units.bytes(3.5 * 1024 * 1024)).isEqualTo("3.50 MiB");
        assertThat(Units.bytes(64L << 20)).isEqualTo("64.0 MiB");
        assertThat(Units.count(999)).isEqualTo("999");
        assertThat(Units.count(9_800)).isEqualTo("9.8k");
        assertThat(Units.duration(Duration.ofMillis(2_140))).isEqualTo("2.1 s");
        assertThat(Units.duration(Duration.ofSeconds(65))).isEqualTo("1 min 05 s");
    }
}
