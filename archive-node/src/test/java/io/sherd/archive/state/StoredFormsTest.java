package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes that docs/FORMATS.md draws, written out by hand. */
class StoredFormsTest {

    private static final Bytes KEY = text("k");
    private static final Bytes VALUE = text("ab");
    private static final String STORED_KEY = "00000001" + "6b";
    private static final String STORED_VALUE = "00000002" + "6162";

    @Test
    void leaf() throws Exception {
        StateLeaf leaf = new StateLeaf(StateLeaf.SESSION, KEY, VALUE);

        assertThat(leaf.encoded().hex()).isEqualTo("01" + STORED_KEY + STORED_VALUE);
    }

    @Test
    void operationsOfTheKeyValueMachine() throws Exception {
        operation(new KeyValueOperation.Put(KEY, VALUE), "01" + STORED_KEY + STORED_VALUE);
        operation(new KeyValueOperation.Get(KEY), "02" + STORED_KEY);
        operation(new KeyValueOperation.Delete(KEY), "03" + STORED_KEY);
        operation(new KeyValueOperation.Append(KEY, VALUE), "04" + STORED_KEY + STORED_VALUE);
        operation(
                new KeyValueOperation.Many(List.of(new KeyValueOperation.Get(KEY), new KeyValueOperation.Delete(KEY))),
                "05" + "00000002" + "02" + STORED_KEY + "03" + STORED_KEY);
    }

    @Test
    void resultsOfTheKeyValueMachine() throws Exception {
        result(new KeyValueResult.Done(), "00");
        result(new KeyValueResult.Absent(), "01");
        result(new KeyValueResult.Found(VALUE), "02" + STORED_VALUE);
        result(new KeyValueResult.Account(5, Digest.ZERO), "03" + "0000000000000005" + "00".repeat(32));
        result(new KeyValueResult.Malformed(), "04");
        result(new KeyValueResult.KeyTooLong(), "05");
        result(new KeyValueResult.NotAnAccount(), "06");
        result(new KeyValueResult.TooMuch(), "07");
        result(
                new KeyValueResult.Many(List.of(new KeyValueResult.Done(), new KeyValueResult.Found(VALUE))),
                "08" + "00000002" + "00" + "02" + STORED_VALUE);
    }

    private static void operation(KeyValueOperation operation, String hex) throws Exception {
        assertThat(operation.encoded().hex()).isEqualTo(hex);
        assertThat(KeyValueOperation.decode(operation.encoded())).isEqualTo(operation);
    }

    private static void result(KeyValueResult result, String hex) throws Exception {
        assertThat(result.encoded().hex()).isEqualTo(hex);
        assertThat(KeyValueResult.decode(result.encoded())).isEqualTo(result);
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
