package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class DispersalParametersTest {

    @Test
    void theSmallestAndTheLargestParametersAreAccepted() {
        assertThat(new DispersalParameters(1, 1).codedPieceCount()).isZero();
        assertThat(new DispersalParameters(256, 1).codedPieceCount()).isEqualTo(255);
        assertThat(new DispersalParameters(256, 256).codedPieceCount()).isZero();
    }

    @Test
    void parametersOutOfBoundsAreRefusedByName() {
        assertRefused(0, 0, "pieceCount is 0, must be 1..256");
        assertRefused(257, 3, "pieceCount is 257, must be 1..256");
        assertRefused(4, 0, "piecesNeeded is 0, must be 1..4 (pieceCount)");
        assertRefused(4, 5, "piecesNeeded is 5, must be 1..4 (pieceCount)");
        assertRefused(4, -1, "piecesNeeded is -1, must be 1..4 (pieceCount)");
    }

    private static void assertRefused(int n, int k, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DispersalParameters(n, k))
                .withMessage(message);
    }

    @Test
    void aPieceIsTheSourceOverKRoundedUp() {
        DispersalParameters parameters = new DispersalParameters(4, 3);

        assertThat(parameters.pieceSizeBytes(1)).isEqualTo(1);
        assertThat(parameters.pieceSizeBytes(3)).isEqualTo(1);
        assertThat(parameters.pieceSizeBytes(4)).isEqualTo(2);
        assertThat(parameters.pieceSizeBytes(1 << 20)).isEqualTo(349_526);
        assertThat(new DispersalParameters(1, 1).pieceSizeBytes(Integer.MAX_VALUE))
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(new DispersalParameters(256, 256).pieceSizeBytes(Integer.MAX_VALUE))
                .isEqualTo(8_388_608);
    }

    @Test
    void anEmptySourceHasNoPieces() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DispersalParameters(4, 3).pieceSizeBytes(0))
                .withMessage("source size is 0 bytes, must be at least 1: an empty source is not dispersed");
    }

    @Test
    void theStripesOfAShortSourceMayBeNothingButPadding() {
        DispersalParameters parameters = new DispersalParameters(4, 3);

        assertThat(parameters.sourceBytesInPiece(0, 4)).isEqualTo(2);
        assertThat(parameters.sourceBytesInPiece(1, 4)).isEqualTo(2);
        assertThat(parameters.sourceBytesInPiece(2, 4)).isZero();
    }

    @Test
    void theStripesHoldEverySourceByteOnce() {
        for (int k = 1; k <= 20; k++) {
            DispersalParameters parameters = new DispersalParameters(20, k);
            for (int length = 1; length <= 100; length++) {
                int sum = 0;
                for (int j = 0; j < k; j++) {
                    sum += parameters.sourceBytesInPiece(j, length);
                }
                assertThat(sum).as("k %s", k).isEqualTo(length);
            }
        }
        assertThat(new DispersalParameters(256, 256).sourceBytesInPiece(255, Integer.MAX_VALUE))
                .isEqualTo(8_388_607);
    }

    @Test
    void onlyDataPiecesHoldSourceBytes() {
        DispersalParameters parameters = new DispersalParameters(4, 3);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> parameters.sourceBytesInPiece(3, 9))
                .withMessage("piece index is 3, data pieces are 0..2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parameters.sourceBytesInPiece(-1, 9))
                .withMessage("piece index is -1, data pieces are 0..2");
    }
}
