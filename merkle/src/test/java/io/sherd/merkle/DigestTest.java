package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DigestTest {

    private static final String HEX = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

    @Test
    void bytesAndHexAreTheSameValue() {
        Digest digest = Digest.fromHex(HEX);

        assertThat(digest.hex()).isEqualTo(HEX);
        assertThat(digest).hasToString(HEX);
        assertThat(digest.shortHex()).isEqualTo("6e340b9c…");
        assertThat(digest.toByteArray()).startsWith(0x6e, 0x34, 0x0b).endsWith(0xaf, 0xa0, 0x1d);
        assertThat(Digest.of(digest.toByteArray())).isEqualTo(digest);
        assertThat(Digest.fromHex(HEX.toUpperCase(Locale.ROOT))).isEqualTo(digest);
    }

    @Test
    void zeroIsThirtyTwoZeroBytes() {
        assertThat(Digest.ZERO).isEqualTo(Digest.of(new byte[32]));
        assertThat(Digest.ZERO.hex()).isEqualTo("0".repeat(64));
    }

    @Test
    void laterChangesOfTheArraysDoNotReachTheDigest() {
        byte[] source = Digest.fromHex(HEX).toByteArray();
        Digest digest = Digest.of(source);

        source[0] = 0;
        digest.toByteArray()[1] = 0;

        assertThat(digest.hex()).isEqualTo(HEX);
    }

    @Test
    void readsAndWritesAtAnOffsetAndNowhereElse() {
        byte[] target = new byte[40];
        Arrays.fill(target, (byte) 0x77);

        Digest.fromHex(HEX).copyTo(target, 5);

        assertThat(Digest.of(target, 5).hex()).isEqualTo(HEX);
        assertThat(Arrays.copyOf(target, 5)).containsOnly(0x77);
        assertThat(Arrays.copyOfRange(target, 37, 40)).containsOnly(0x77);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 64})
    void anotherNumberOfBytesIsRefused(int sizeBytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Digest.of(new byte[sizeBytes]))
                .withMessage("a digest has 32 bytes, got " + sizeBytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 9, Integer.MAX_VALUE})
    void anOffsetWithoutRoomIsRefused(int offset) {
        byte[] array = new byte[40];

        assertThatThrownBy(() -> Digest.of(array, offset)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Digest.ZERO.copyTo(array, offset)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(array).containsOnly(0);
    }

    @Test
    void textThatIsNotSixtyFourHexadecimalCharactersIsRefused() {
        String arabicIndicDigits = "٣".repeat(64);
        for (String text : new String[] {
            "",
            HEX.substring(1),
            HEX + "0",
            " " + HEX.substring(1),
            "g".repeat(64),
            HEX.substring(1) + "\n",
            "0x" + HEX.substring(2),
            arabicIndicDigits
        }) {
            assertThatIllegalArgumentException()
                    .as(text)
                    .isThrownBy(() -> Digest.fromHex(text))
                    .withMessageStartingWith("a digest is 64 hexadecimal characters, got " + text.length() + ": ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Digest.fromHex("z".repeat(1_000)))
                .withMessageEndingWith("got 1000: \"" + "z".repeat(64) + "…\"");
    }

    @Test
    void differsFromADigestWithAnySingleBitFlipped() {
        Digest digest = Digest.fromHex(HEX);

        for (int bit = 0; bit < 256; bit++) {
            Digest flipped = Leaves.flipBit(digest, bit);
            assertThat(flipped).isNotEqualTo(digest).doesNotHaveSameHashCodeAs(digest);
            assertThat(Integer.signum(flipped.compareTo(digest)))
                    .isNotZero()
                    .isEqualTo(-Integer.signum(digest.compareTo(flipped)));
        }
        assertThat(digest.equals(null)).isFalse();
        assertThat(digest).isNotEqualTo(HEX);
    }

    @Test
    void isOrderedAsItsBytesAreUnsigned() {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("repeat with -Dtest=DigestTest -Dsherd.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);

        for (int round = 0; round < 10_000; round++) {
            byte[] left = Leaves.randomDigest(random).toByteArray();
            byte[] right = Leaves.randomDigest(random).toByteArray();
            int equalBytes = random.nextInt(33);
            System.arraycopy(left, 0, right, 0, equalBytes);

            int order = Digest.of(left).compareTo(Digest.of(right));

            assertThat(Integer.signum(order)).isEqualTo(Integer.signum(Arrays.compareUnsigned(left, right)));
            assertThat(Digest.of(left).equals(Digest.of(right))).isEqualTo(Arrays.equals(left, right));
        }
    }
}
