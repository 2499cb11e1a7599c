package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModeTest {

    private static final List<Mode> MODES = List.of(
            new Mode.Active(), new Mode.ChangingView(5), new Mode.Closing(7), new Mode.Rejoining(), new Mode.Asking());

    @ParameterizedTest
    @CsvSource({
        "0, false, true, true, false",
        "1, true, false, true, true",
        "2, true, true, false, true",
        "3, true, false, false, false",
        "4, true, true, true, false"
    })
    void hasTheSuccessorsThatItsDocumentationLists(
            int mode, boolean active, boolean changing, boolean closing, boolean rejoining) {
        assertThat(MODES.stream().map(MODES.get(mode)::maySucceed).toList())
                .containsExactly(active, changing, closing, rejoining, false);
    }

    @ParameterizedTest
    @CsvSource({"4, false", "5, false", "6, true"})
    void fromOneViewChangeOnlyToALaterOne(long view, boolean allowed) {
        assertThat(new Mode.ChangingView(5).maySucceed(new Mode.ChangingView(view)))
                .isEqualTo(allowed);
    }
}
