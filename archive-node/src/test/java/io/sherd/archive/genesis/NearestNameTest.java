package io.sherd.archive.genesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestNameTest {

    @ParameterizedTest
    @CsvSource({
        "segment_size, segment-size",
        "segmentsize, segment-size",
        "widow, window",
        "windw, window",
        "wnidow, window",
        "xyz, ",
        "'', "
    })
    void theNameWithTheFewestWrongLettersIsGuessed(String unknown, String expected) {
        assertThat(NearestName.of(unknown, List.of("window", "segment-size", "name"))
                        .orElse(null))
                .isEqualTo(expected);
    }

    @Test
    void distancesAreCountedInLetters() {
        assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(NearestName.distance("", "abc")).isEqualTo(3);
        assertThat(NearestName.distance("abc", "abc")).isZero();
    }

    @Test
    void anEndlessNameIsNotCompared() {
        assertThat(NearestName.of("a".repeat(101), List.of("a".repeat(101)))).isEmpty();
    }
}
