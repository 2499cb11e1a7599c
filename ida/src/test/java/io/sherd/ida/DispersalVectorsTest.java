package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Frozen bytes. A change here is another format: stored pieces would no longer decode. */
class DispersalVectorsTest {

    private static final byte[] ONE_TO_NINE = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    @Test
    void matrixOfFourThree() {
        assertThat(codedRows(4, 3)).isEqualTo(rows(244, 142, 1));
    }

    @Test
    void matrixOfFourTwo() {
        assertThat(codedRows(4, 2)).isEqualTo(rows(142, 244, 244, 142));
    }

    @Test
    void matrixOfSevenFive() {
        assertThat(codedRows(7, 5)).isEqualTo(rows(167, 71, 186, 122, 1, 122, 186, 71, 167, 142));
    }

    @Test
    void piecesOfNineBytesWithFourThree() {
        assertThat(hex(4, 3, ONE_TO_NINE)).containsExactly("010203", "040506", "070809", "f1710b");
    }

    @Test
    void piecesOfNineBytesAndOneByteOfPaddingWithFourTwo() {
        assertThat(hex(4, 2, ONE_TO_NINE)).containsExactly("0102030405", "0607080900", "8cf77c058c", "f778057d03");
    }

    @Test
    void piecesOfOneByteWithOneOfThree() {
        // Piece 1 is 1/1 times the source, piece 2 is 1/2 times it: with k = 1 pieces are multiples, not always copies.
        assertThat(hex(3, 1, new byte[] {(byte) 0x80})).containsExactly("80", "80", "40");
    }

    /** The digest is that of the naive reference's pieces too, as the second assertion shows. */
    @Test
    void piecesOfTenThousandBytesWithSixtyFourFortyThree() throws NoSuchAlgorithmException {
        byte[] source = new byte[10_000];
        for (int i = 0; i < source.length; i++) {
            source[i] = (byte) (i * i + (i >> 8));
        }
        String frozen = "8def661a08e1cf7f9220c209e35fccd402a8b39f58b8c0fdddf94cb70e90d844";

        assertThat(digest(new InformationDispersal(new DispersalParameters(64, 43)).encode(source)))
                .isEqualTo(frozen);
        assertThat(digest(ReferenceDispersal.encode(64, 43, source))).isEqualTo(frozen);
    }

    private static String digest(byte[][] pieces) throws NoSuchAlgorithmException {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        for (byte[] piece : pieces) {
            sha256.update(piece);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static String[] hex(int n, int k, byte[] source) {
        return Arrays.stream(new InformationDispersal(new DispersalParameters(n, k)).encode(source))
                .map(HexFormat.of()::formatHex)
                .toArray(String[]::new);
    }

    private static byte[] codedRows(int n, int k) {
        return new DispersalMatrix(new DispersalParameters(n, k)).codedRows();
    }

    private static byte[] rows(int... coefficients) {
        byte[] rows = new byte[coefficients.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (byte) coefficients[i];
        }
        return rows;
    }
}
