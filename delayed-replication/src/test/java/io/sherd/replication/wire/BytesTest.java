package io.sherd.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BytesTest {

    @Test
    void equalContentIsEqualAndOrderedUnsigned() {
        Bytes low = Bytes.copyOf(new byte[] {1, 2});
        Bytes high = Bytes.copyOf(new byte[] {(byte) 0x80});

        assertThat(low).isEqualTo(Bytes.wrap(new byte[] {1, 2})).hasSameHashCodeAs(Bytes.wrap(new byte[] {1, 2}));
        assertThat(low).isNotEqualTo(high).isLessThan(high).isNotEqualTo("0102");
        assertThat(low.size()).isEqualTo(2);
        assertThat(low.at(1)).isEqualTo((byte) 2);
        assertThat(Bytes.wrap(new byte[0])).isSameAs(Bytes.EMPTY);
        assertThat(Bytes.EMPTY.isEmpty()).isTrue();
        assertThat(low.isEmpty()).isFalse();
    }

    @Test
    void copiesAreIndependentAndTheReadOnlyArrayIsNot() {
        byte[] source = {1, 2, 3};
        Bytes copy = Bytes.copyOf(source);
        Bytes owned = Bytes.wrap(source);
        source[0] = 9;

        assertThat(copy.hex()).isEqualTo("010203");
        assertThat(owned.hex()).isEqualTo("090203");
        copy.toByteArray()[0] = 7;
        assertThat(copy.hex()).isEqualTo("010203");
        assertThat(owned.readOnlyArray()).isSameAs(source);
    }

    @Test
    void longRunsAreShownShortened() {
        assertThat(Bytes.wrap(new byte[16])).hasToString("00".repeat(16));
        assertThat(Bytes.wrap(new byte[17])).hasToString("00".repeat(8) + "… (17 bytes)");
    }
}
