package io.sherd.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DemoTransactionTest {
    private static final DemoTransaction LINE = new DemoTransaction(0x0102030405060708L, true, bytes("h\u00e9"));

    @Test
    void theBytesAreTagNumberEndingContent() throws Exception {
        assertThat(LINE.encoded().hex()).isEqualTo("6c696e65" + "0102030405060708" + "01" + "68c3a9");
        assertThat(DemoTransaction.decode(LINE.encoded())).isEqualTo(LINE);
    }

    @Test
    void aLastLineWithoutLineFeedIsAnother() throws Exception {
        DemoTransaction last = new DemoTransaction(7, false, Bytes.EMPTY);
        assertThat(last.encoded().hex()).isEqualTo("6c696e65" + "0000000000000007" + "00");
        assertThat(DemoTransaction.decode(last.encoded())).isEqualTo(last);
    }

    @Test
    void anotherTagIsNotALine() {
        assertThat(DemoTransaction.isLine(bytes("linf"))).isFalse();
        assertThat(DemoTransaction.isLine(bytes("lin"))).isFalse();
        assertThatThrownBy(() -> DemoTransaction.decode(bytes("linf00000000")))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("tag");
    }

    @Test
    void eachCutIsRefused() {
        byte[] whole = new DemoTransaction(7, true, Bytes.EMPTY).encoded().toByteArray();
        for (int size = 0; size < whole.length; size++) {
            Bytes cut = Bytes.wrap(java.util.Arrays.copyOf(whole, size));
            assertThatThrownBy(() -> DemoTransaction.decode(cut)).isInstanceOf(WireFormatException.class);
        }
    }

    @Test
    void anUnknownEndingIsRefused() {
        byte[] changed = LINE.encoded().toByteArray();
        changed[12] = 2;
        assertThatThrownBy(() -> DemoTransaction.decode(Bytes.wrap(changed)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("ending 2");
    }

    @Test
    void aNegativeNumberIsRefused() {
        byte[] changed = LINE.encoded().toByteArray();
        changed[4] = (byte) 0x80;
        assertThatThrownBy(() -> DemoTransaction.decode(Bytes.wrap(changed))).isInstanceOf(WireFormatException.class);
    }

    @Test
    void aThousandAccountsAreUsedAndNoMore() {
        Set<Bytes> accounts = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            accounts.add(new DemoTransaction(0, true, bytes("transfer " + i)).account());
        }
        assertThat(accounts).hasSize(DemoTransaction.ACCOUNTS);
    }

    @Test
    void theAccountFollowsFromTheContentAlone() {
        assertThat(new DemoTransaction(1, true, bytes("x")).account())
                .isEqualTo(new DemoTransaction(2, false, bytes("x")).account());
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
