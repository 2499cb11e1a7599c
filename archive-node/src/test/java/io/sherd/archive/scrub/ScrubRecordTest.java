package io.sherd.archive.scrub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The bytes in which a scrub is remembered. */
final class ScrubRecordTest {

    private static final ScrubRecord RECORD = new ScrubRecord(
            Instant.ofEpochMilli(1),
            true,
            Optional.of(new ScrubProgress(
                    Instant.ofEpochMilli(2),
                    new ScrubCursor(ScrubStage.STATE, 3, Bytes.wrap(new byte[] {0xa, 0xb})),
                    4,
                    5,
                    6,
                    7,
                    8)),
            Optional.of(new ScrubRecord.CompletedPass(Instant.ofEpochMilli(9), Instant.ofEpochMilli(10), 11, 12, 13)));

    @Test
    void theLayoutIsTheOneThatIsWrittenDown() {
        assertThat(Bytes.wrap(RECORD.encoded()).hex())
                .startsWith("53485244000b000100000072"
                        + "0000000000000001" + "01"
                        + "01" + "0000000000000002" + "05" + "0000000000000003" + "000000020a0b"
                        + "0000000000000004" + "0000000000000005" + "0000000000000006" + "0000000000000007"
                        + "0000000000000008"
                        + "01" + "0000000000000009" + "000000000000000a" + "000000000000000b" + "000000000000000c"
                        + "000000000000000d")
                .hasSize(2 * (12 + 0x72 + 4));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        ScrubRecord little = new ScrubRecord(Instant.ofEpochMilli(7), false, Optional.empty(), Optional.empty());

        assertThat(ScrubRecord.decode(RECORD.encoded())).isEqualTo(RECORD);
        assertThat(ScrubRecord.decode(little.encoded())).isEqualTo(little);
    }

    @Test
    void aBitThatIsFlippedAnywhereIsRefused() {
        for (int at = 0; at < RECORD.encoded().length; at++) {
            byte[] rotten = RECORD.encoded();
            rotten[at] ^= 1;
            assertThatThrownBy(() -> ScrubRecord.decode(rotten)).isInstanceOf(WireFormatException.class);
        }
    }
}
