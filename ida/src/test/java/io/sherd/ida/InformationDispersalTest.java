package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class InformationDispersalTest {

    /** The rows that a Vandermonde matrix below the identity cannot decode from, at n = 13, k = 9. */
    static final int[] TRAP_13_9 = {0, 1, 3, 6, 7, 8, 9, 10, 12};

    /** The same at n = 16, k = 11. */
    static final int[] TRAP_16_11 = {0, 1, 2, 3, 4, 5, 6, 11, 12, 13, 15};

    @Test
    void everyKPiecesDecodeForEveryNUpToTen() throws DispersalException {
        SplittableRandom random = Seeded.random(InformationDispersalTest.class);
        for (int n = 1; n <= 10; n++) {
            for (int k = 1; k <= n; k++) {
                InformationDispersal dispersal = dispersal(n, k);
                for (int length : new int[] {1, k + 1, 20 * k + k / 2}) {
                    byte[] source = Seeded.bytes(random, length);
                    byte[][] pieces = dispersal.encode(source);
                    for (int[] subset : Subsets.of(k, n)) {
                        assertThat(decode(dispersal, length, subset, pieces))
                                .as("n %s, k %s, length %s, pieces %s", n, k, length, subset)
                                .isEqualTo(source);
                    }
                }
            }
        }
    }

    @Test
    void anyKPiecesInAnyOrderDecodeForLargerN() throws DispersalException {
        SplittableRandom random = Seeded.random(InformationDispersalTest.class);
        int[][] parameters = {
            {11, 7}, {13, 9}, {31, 21}, {64, 43}, {100, 1}, {128, 127}, {255, 170}, {256, 171}, {256, 256}
        };
        for (int[] nk : parameters) {
            InformationDispersal dispersal = dispersal(nk[0], nk[1]);
            byte[] source = Seeded.bytes(random, 1 + random.nextInt(5_000));
            byte[][] pieces = dispersal.encode(source);
            for (int round = 0; round < 20; round++) {
                int[] subset = Seeded.distinct(random, nk[1], nk[0]);
                assertThat(decode(dispersal, source.length, subset, pieces))
                        .as("n %s, k %s, length %s, pieces %s", nk[0], nk[1], source.length, subset)
                        .isEqualTo(source);
            }
        }
    }

    @Test
    void theRowsThatTrapVandermondeMatricesDecode() throws DispersalException {
        SplittableRandom random = Seeded.random(InformationDispersalTest.class);
        byte[] source = Seeded.bytes(random, 1_000);

        InformationDispersal thirteen = dispersal(13, 9);
        assertThat(decode(thirteen, 1_000, TRAP_13_9, thirteen.encode(source))).isEqualTo(source);
        InformationDispersal sixteen = dispersal(16, 11);
        assertThat(decode(sixteen, 1_000, TRAP_16_11, sixteen.encode(source))).isEqualTo(source);
    }

    @Test
    void piecesAndDecodedSourcesAreThoseOfTheNaiveReference() throws DispersalException {
        SplittableRandom random = Seeded.random(InformationDispersalTest.class);
        for (int round = 0; round < 60; round++) {
            int n = 1 + random.nextInt(40);
            int k = 1 + random.nextInt(n);
            byte[] source = Seeded.bytes(random, 1 + random.nextInt(400));
            int[] subset = Seeded.distinct(random, k, n);
            InformationDispersal dispersal = dispersal(n, k);

            byte[][] pieces = dispersal.encode(source);

            assertThat(pieces).as("n %s, k %s", n, k).isDeepEqualTo(ReferenceDispersal.encode(n, k, source));
            assertThat(decode(dispersal, source.length, subset, pieces))
                    .isEqualTo(ReferenceDispersal.decode(k, source.length, subset, pick(subset, pieces)));
        }
    }

    @Test
    void everyLengthAroundAMultipleOfKIsGivenBackExactly() throws DispersalException {
        SplittableRandom random = Seeded.random(InformationDispersalTest.class);
        for (int[] nk : new int[][] {{4, 3}, {7, 5}, {10, 4}, {16, 11}, {64, 43}}) {
            int k = nk[1];
            TreeSet<Integer> lengths = new TreeSet<>(Arrays.asList(1, 2, 97, 251, 1_009, 65_537, 1 << 20));
            for (int multiple : new int[] {1, 2, 3, 63, 64, 65, 190}) {
                for (int off = -1; off <= 1; off++) {
                    lengths.add(Math.max(1, multiple * k + off));
                }
            }
            InformationDispersal dispersal = dispersal(nk[0], k);
            int[] lastK = new int[k];
            Arrays.setAll(lastK, c -> nk[0] - 1 - c);
            for (int length : lengths) {
                byte[] source = Seeded.bytes(random, length);
                assertThat(decode(dispersal, length, lastK, dispersal.encode(source)))
                        .as("n %s, k %s, length %s", nk[0], k, length)
                        .isEqualTo(source);
            }
        }
    }

    @Test
    void aRangeOfAnArrayIsEncodedAsTheSameBytesAlone() {
        byte[] source = Seeded.bytes(Seeded.random(InformationDispersalTest.class), 1_000);

        assertThat(dispersal(7, 5).encode(source, 123, 456))
                .isDeepEqualTo(dispersal(7, 5).encode(Arrays.copyOfRange(source, 123, 123 + 456)));
    }

    @Test
    void onePieceAloneIsThePieceAmongAll() {
        byte[] source = Seeded.bytes(Seeded.random(InformationDispersalTest.class), 1_000);
        for (int[] nk : new int[][] {{1, 1}, {4, 3}, {16, 11}, {256, 171}}) {
            InformationDispersal dispersal = dispersal(nk[0], nk[1]);
            byte[][] pieces = dispersal.encode(source);
            for (int i = 0; i < nk[0]; i++) {
                assertThat(dispersal.encodePiece(source, i)).as("piece %s", i).isEqualTo(pieces[i]);
            }
        }
    }

    @Test
    void argumentsStayAsTheyAreAndResultsShareNothingWithThem() throws DispersalException {
        for (int k : new int[] {1, 3}) {
            InformationDispersal dispersal = dispersal(4, k);
            byte[] source = {1, 2, 3, 4, 5, 6, 7, 8, 9};
            byte[] sourceBefore = source.clone();

            byte[][] pieces = dispersal.encode(source);
            assertThat(source).isEqualTo(sourceBefore);
            byte[][] piecesBefore = dispersal.encode(source);

            int[] indexes = k == 1 ? new int[] {0} : new int[] {3, 0, 2};
            int[] indexesBefore = indexes.clone();
            byte[][] picked = pick(indexes, pieces);
            byte[] decoded = dispersal.decode(9, indexes, picked);
            assertThat(indexes).isEqualTo(indexesBefore);
            assertThat(picked).isDeepEqualTo(pick(indexes, piecesBefore));

            Arrays.fill(decoded, (byte) 0xFF);
            dispersal.encodePiece(source, 0)[0] = 0x55;
            for (byte[] piece : pieces) {
                Arrays.fill(piece, (byte) 0xEE);
            }
            assertThat(source).isEqualTo(sourceBefore);
            assertThat(dispersal.encode(source)).isDeepEqualTo(piecesBefore);
        }
    }

    @Test
    void anEmptySourceIsRefused() {
        String message = "source size is 0 bytes, must be at least 1: an empty source is not dispersed";
        InformationDispersal dispersal = dispersal(4, 3);
        byte[] empty = {};

        assertThatIllegalArgumentException()
                .isThrownBy(() -> dispersal.encode(empty))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dispersal.encodePiece(empty, 3))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dispersal.decode(0, new int[] {0, 1, 2}, new byte[3][0]))
                .withMessage(message);
    }

    @Test
    void aRangeOutsideTheArrayIsRefused() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> dispersal(4, 3).encode(new byte[10], 5, 6));
    }

    @Test
    void aWrongNumberOfPiecesIsRefused() {
        assertDecodeRefused(new int[] {0, 1}, new int[] {3, 3}, "got 2 piece indexes, need exactly 3");
        assertDecodeRefused(new int[] {0, 1, 2, 3}, new int[] {3, 3, 3, 3}, "got 4 piece indexes, need exactly 3");
        assertDecodeRefused(new int[] {0, 1, 2}, new int[] {3, 3}, "got 2 pieces, need exactly 3");
    }

    @Test
    void anIndexGivenTwiceIsRefused() {
        assertDecodeRefused(new int[] {0, 3, 0}, new int[] {3, 3, 3}, "piece index 0 is given twice");
    }

    @Test
    void anIndexOutOfRangeIsRefused() {
        assertDecodeRefused(new int[] {0, 4, 1}, new int[] {3, 3, 3}, "piece index 4 is out of range, must be 0..3");
        assertDecodeRefused(new int[] {0, -1, 1}, new int[] {3, 3, 3}, "piece index -1 is out of range, must be 0..3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dispersal(4, 3).encodePiece(new byte[9], 4))
                .withMessage("piece index 4 is out of range, must be 0..3");
    }

    @Test
    void piecesOfUnequalSizeAreRefused() {
        assertDecodeRefused(
                new int[] {0, 1, 3}, new int[] {3, 4, 3}, "piece 1 has 4 bytes, a source of 9 bytes has pieces of 3");
    }

    @Test
    void piecesOfEqualButNotTheCanonicalSizeAreRefused() {
        assertDecodeRefused(
                new int[] {0, 1, 2}, new int[] {4, 4, 4}, "piece 0 has 4 bytes, a source of 9 bytes has pieces of 3");
    }

    private static void assertDecodeRefused(int[] indexes, int[] sizes, String message) {
        byte[][] pieces = new byte[sizes.length][];
        Arrays.setAll(pieces, c -> new byte[sizes[c]]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dispersal(4, 3).decode(9, indexes, pieces))
                .withMessage(message);
    }

    @Test
    void paddingThatIsNotZeroIsBadDataInAPieceHeld() {
        byte[][] pieces = dispersal(4, 3).encode(new byte[] {1, 2, 3, 4, 5, 6, 7});
        pieces[2][2] = 9;

        assertThatExceptionOfType(DispersalException.class)
                .isThrownBy(() -> decode(dispersal(4, 3), 7, new int[] {0, 1, 2}, pieces))
                .withMessage("padding of data piece 2 is not zero: byte 2 of 3 is 9, source bytes end at 1");
    }

    @Test
    void paddingThatIsNotZeroIsBadDataInAPieceRebuilt() {
        byte[][] pieces = dispersal(4, 3).encode(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});

        assertThatExceptionOfType(DispersalException.class)
                .isThrownBy(() -> decode(dispersal(4, 3), 8, new int[] {0, 1, 3}, pieces))
                .withMessage("padding of data piece 2 is not zero: byte 2 of 3 is 9, source bytes end at 2");
    }

    @Test
    void aStripeOfNothingButPaddingMustBeZeroToo() throws DispersalException {
        InformationDispersal dispersal = dispersal(4, 3);
        byte[][] pieces = dispersal.encode(new byte[] {1, 2, 3, 4});
        assertThat(decode(dispersal, 4, new int[] {1, 2, 3}, pieces)).containsExactly(1, 2, 3, 4);
        pieces[2][0] = (byte) 0x80;

        assertThatExceptionOfType(DispersalException.class)
                .isThrownBy(() -> decode(dispersal, 4, new int[] {0, 1, 2}, pieces))
                .withMessage("padding of data piece 2 is not zero: byte 0 of 2 is 128, source bytes end at 0");
    }

    @Test
    void everyFlippedBitChangesTheDecodedSourceOrIsRefused() {
        byte[] source = {1, 2, 3, 4, 5, 6, 7};
        InformationDispersal dispersal = dispersal(4, 3);
        for (int[] subset : Subsets.of(3, 4)) {
            for (int c = 0; c < 3; c++) {
                for (int bit = 0; bit < 24; bit++) {
                    byte[][] pieces = dispersal.encode(source);
                    pieces[subset[c]][bit / 8] ^= (byte) (1 << bit % 8);
                    assertThat(isGivenBack(dispersal, source, subset, pieces))
                            .as("pieces %s, bit %s of piece %s", subset, bit, subset[c])
                            .isFalse();
                }
            }
        }
    }

    private static boolean isGivenBack(InformationDispersal dispersal, byte[] source, int[] subset, byte[][] pieces) {
        try {
            return Arrays.equals(source, decode(dispersal, source.length, subset, pieces));
        } catch (DispersalException refused) {
            return false;
        }
    }

    private static InformationDispersal dispersal(int n, int k) {
        return new InformationDispersal(new DispersalParameters(n, k));
    }

    private static byte[] decode(InformationDispersal dispersal, int length, int[] indexes, byte[][] allPieces)
            throws DispersalException {
        return dispersal.decode(length, indexes, pick(indexes, allPieces));
    }

    private static byte[][] pick(int[] indexes, byte[][] pieces) {
        return Arrays.stream(indexes).mapToObj(i -> pieces[i]).toArray(byte[][]::new);
    }
}
