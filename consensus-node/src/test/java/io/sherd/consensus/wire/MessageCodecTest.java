package io.sherd.consensus.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.SampleMessages.Sample;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MessageCodecTest {

    private static final int MUTANTS_PER_MESSAGE = 1_000;

    private final TestCluster cluster = new TestCluster(4);
    private final MessageCodec codec = cluster.codec();
    private final Map<String, Sample> samples = SampleMessages.of(cluster);

    @Test
    void thereIsASampleOfEveryType() {
        assertThat(samples.values().stream().map(sample -> MessageType.of(sample.message())))
                .containsAll(EnumSet.allOf(MessageType.class));
    }

    @Test
    void messagesComeBackAsTheyWere() throws Exception {
        for (Sample sample : samples.values()) {
            Bytes bytes = codec.encode(sample.message());
            assertThat(codec.decode(bytes)).isEqualTo(sample.message());
        }
    }

    @Test
    void messagesHaveTheGoldenBytes() throws Exception {
        Map<String, String> actual = new LinkedHashMap<>();
        samples.forEach((name, sample) ->
                actual.put(name, codec.encode(sample.message()).hex()));
        // To write the file anew after a format was added: take the expected text from this failure.
        assertThat(actual.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining("\n", "", "\n")))
                .isEqualTo(golden());
    }

    @Test
    void everyPrefixIsRefused() {
        samples.forEach((name, sample) -> {
            byte[] whole = codec.encode(sample.message()).toByteArray();
            for (int size = 0; size < whole.length; size++) {
                Bytes prefix = Bytes.wrap(Arrays.copyOf(whole, size));
                assertThatThrownBy(() -> codec.decode(prefix))
                        .as("%s cut to %d bytes", name, prefix.size())
                        .isInstanceOf(WireFormatException.class);
            }
        });
    }

    @Test
    void oneByteMoreIsRefused() {
        samples.forEach((name, sample) -> {
            byte[] whole = codec.encode(sample.message()).toByteArray();
            for (byte extra : new byte[] {0, 1, -1}) {
                byte[] longer = Arrays.copyOf(whole, whole.length + 1);
                longer[whole.length] = extra;
                assertThatThrownBy(() -> codec.decode(Bytes.wrap(longer)))
                        .as(name)
                        .isInstanceOf(WireFormatException.class);
            }
        });
    }

    /** What is not refused is another message, whose own bytes these are: a message has one encoding. */
    @Test
    void mutatedBytesAreRefusedOrAreTheBytesOfAnotherMessage() {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        Random random = new Random(seed);
        samples.forEach((name, sample) -> {
            byte[] whole = codec.encode(sample.message()).toByteArray();
            for (int i = 0; i < MUTANTS_PER_MESSAGE; i++) {
                byte[] mutant = mutate(whole, random);
                String repeat = "%s, -Dsherd.seed=%d, mutant %d".formatted(name, seed, i);
                Message decoded = decodeOrNull(mutant);
                if (decoded != null) {
                    assertThat(codec.encode(decoded)).as(repeat).isEqualTo(Bytes.wrap(mutant));
                    assertThat(decoded.equals(sample.message())).as(repeat).isEqualTo(Arrays.equals(mutant, whole));
                }
            }
        });
    }

    @Test
    void bytesOfNoMessageAreRefused() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 1) {
                noise[0] = (byte) (1 + random.nextInt(17));
                noise[1] = 1;
            }
            Message decoded = decodeOrNull(noise);
            if (decoded != null) {
                assertThat(codec.encode(decoded)).isEqualTo(Bytes.wrap(noise));
            }
        }
    }

    @Test
    void unknownTypesAndVersionsAreRefusedByName() {
        assertThatThrownBy(() -> codec.decode(Bytes.copyOf(new byte[] {18, 1})))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("unknown message type 18");
        assertThatThrownBy(() -> codec.decode(Bytes.copyOf(new byte[] {0, 1})))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("unknown message type 0");
        assertThatThrownBy(() -> codec.decode(Bytes.copyOf(new byte[] {8, 2})))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("STATUS of version 2, this program reads version 1");
    }

    @Test
    void replicasThatTheClusterDoesNotHaveAreRefused() {
        TestCluster larger = new TestCluster(7);
        var ballot = larger.ballot(0, 0, 1, Batch.NULL);
        for (Message message : new Message[] {
            larger.prepare(ballot, 4),
            larger.commit(ballot, 4),
            new Message.Certificate(larger.certificate(larger.statement(0, 128, java.util.Optional.empty()))),
            new Message.Entries(java.util.List.of(larger.decided(0, 0, 1, Batch.NULL))),
            larger.viewChange(0, 1, java.util.Optional.empty(), java.util.List.of(larger.proof(ballot)), 0),
        }) {
            Bytes bytes = larger.codec().encode(message);
            assertThatThrownBy(() -> codec.decode(bytes))
                    .isInstanceOf(WireFormatException.class)
                    .hasMessageContaining(" of 4");
        }
    }

    @Test
    void countsAboveTheirBoundsAreRefusedBeforeAnythingIsAllocated() {
        int window = cluster.genesis().limits().window();
        byte[] digests = new ByteWriter().u8(11).u8(1).u32(window + 1).toByteArray();
        assertRefused(digests, (window + 1) + " batches wanted");
        byte[] entries = new ByteWriter().u8(10).u8(1).u32(Integer.MAX_VALUE).toByteArray();
        assertRefused(entries, Integer.MAX_VALUE + " entries");
        byte[] changes = new ByteWriter().u8(7).u8(1).u64(0).u64(1).u16(5).toByteArray();
        assertRefused(changes, "5 view changes of 4 replicas");
        byte[] wanted = new ByteWriter().u8(9).u8(1).u64(1).u32(window + 1).toByteArray();
        assertRefused(wanted, "entries wanted");
        byte[] request = new ByteWriter()
                .u8(1)
                .u8(1)
                .u32(cluster.genesis().limits().requestBytes() + 1)
                .toByteArray();
        assertRefused(request, "bytes, at most");
        byte[] batch = new ByteWriter()
                .u8(2)
                .u8(1)
                .raw(new byte[24 + Digest.SIZE_BYTES + 64])
                .u32(1)
                .u32(cluster.genesis().limits().batchBytes() + 1)
                .toByteArray();
        assertRefused(batch, "bytes, at most");
    }

    private void assertRefused(byte[] bytes, String why) {
        assertThatThrownBy(() -> codec.decode(Bytes.wrap(bytes)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(why);
    }

    /** Anything but a {@link WireFormatException} fails the test that asks. */
    private @Nullable Message decodeOrNull(byte[] bytes) {
        try {
            return codec.decode(Bytes.wrap(bytes));
        } catch (WireFormatException e) {
            return null;
        }
    }

    private static byte[] mutate(byte[] whole, Random random) {
        byte[] mutant = whole.clone();
        switch (random.nextInt(4)) {
            case 0 -> mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> mutant[random.nextInt(Math.min(mutant.length, 40))] = (byte) random.nextInt();
            case 2 -> {
                int from = random.nextInt(mutant.length);
                int to = from + random.nextInt(mutant.length - from);
                byte[] cut = new byte[mutant.length - (to - from)];
                System.arraycopy(mutant, 0, cut, 0, from);
                System.arraycopy(mutant, to, cut, from, mutant.length - to);
                return cut;
            }
            default -> Arrays.fill(mutant, random.nextInt(mutant.length), mutant.length, (byte) random.nextInt());
        }
        return mutant;
    }

    private static String golden() throws IOException {
        try (InputStream in = MessageCodecTest.class.getResourceAsStream("messages.golden")) {
            assertThat(in).as("messages.golden").isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
