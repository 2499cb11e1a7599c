package io.sherd.merkle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class Sha256Test {

    /** FIPS 180-4's example. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void partsAreHashedOneAfterTheOther() {
        assertThat(Sha256.of("abc".getBytes(US_ASCII)).hex()).isEqualTo(ABC);
        assertThat(Sha256.of("a".getBytes(US_ASCII), new byte[0], "bc".getBytes(US_ASCII))
                        .hex())
                .isEqualTo(ABC);
        assertThat(Sha256.of().hex()).isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void piecewiseUpdatesAreTheSameAsOneArray() {
        Digest digest = Sha256.of("x".getBytes(US_ASCII));
        byte[] expected = ByteBuffer.allocate(45)
                .put((byte) 7)
                .put(new byte[] {2, 3})
                .put(digest.toByteArray())
                .putLong(0x0102030405060708L)
                .put(new byte[] {8, 9})
                .array();

        Digest actual = new Sha256()
                .update((byte) 7)
                .update(new byte[] {1, 2, 3, 4}, 1, 2)
                .update(digest)
                .updateLong(0x0102030405060708L)
                .update(new byte[] {8, 9})
                .digest();

        assertThat(actual).isEqualTo(Sha256.of(expected));
    }

    @Test
    void isEmptyAgainAfterADigest() {
        Sha256 sha256 = new Sha256();
        sha256.update((byte) 1).digest();

        assertThat(sha256.digest()).isEqualTo(Sha256.of());
    }

    @Test
    void aHashInProgressIsNotDisturbedByStaticHashing() {
        Sha256 sha256 = new Sha256().update((byte) 'a');
        MerkleHasher.node(Sha256.of(new byte[1]), MerkleHasher.leaf(new byte[2]));

        assertThat(sha256.update((byte) 'b').update((byte) 'c').digest().hex()).isEqualTo(ABC);
    }

    @Test
    void aPartOutsideItsArrayIsRefusedAndNothingIsAdded() {
        Sha256 sha256 = new Sha256();
        for (List<Integer> part :
                List.of(List.of(0, 5), List.of(-1, 2), List.of(3, -1), List.of(Integer.MAX_VALUE, 2))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sha256.update(new byte[4], part.get(0), part.get(1)))
                    .withMessage(part.get(1) + " bytes at offset " + part.get(0) + " are not inside an array of 4");
        }
        assertThat(sha256.digest()).isEqualTo(Sha256.of());
    }

    @Test
    void manyThreadsMayHashAtOnce() {
        List<Digest> sequential = Leaves.hashes(200);

        List<Digest> parallel = IntStream.range(0, 200)
                .parallel()
                .mapToObj(i -> MerkleHasher.leaf(new byte[] {(byte) i}))
                .toList();

        assertThat(parallel).isEqualTo(sequential);
    }
}
