package io.sherd.consensus.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameReaderTest {

    private static final int LIMIT = 1 << 20;

    private final List<Bytes> frames = new ArrayList<>();
    private final FrameReader reader = new FrameReader(LIMIT, frames::add);

    @Test
    void framesComeBackHoweverTheStreamIsCut() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            frames.clear();
            List<Bytes> sent = new ArrayList<>();
            ByteWriter stream = new ByteWriter();
            for (int i = random.nextInt(8); i >= 0; i--) {
                byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(40)];
                random.nextBytes(content);
                sent.add(Bytes.wrap(content));
                stream.sized(content);
            }
            byte[] bytes = stream.toByteArray();
            int most = random.nextBoolean() ? 7 : 100_000;
            for (int at = 0; at < bytes.length; ) {
                int size = Math.min(bytes.length - at, 1 + random.nextInt(most));
                reader.read(Unpooled.wrappedBuffer(bytes, at, size));
                at += size;
            }
            assertThat(frames).as("-Dsherd.seed=%d, round %d", seed, round).isEqualTo(sent);
        }
    }

    @Test
    void aFrameOfTheLimitIsRead() throws Exception {
        byte[] content = new byte[LIMIT];
        reader.read(Unpooled.wrappedBuffer(new ByteWriter().sized(content).toByteArray()));
        assertThat(frames).containsExactly(Bytes.wrap(content));
    }

    @Test
    void aLengthAboveTheLimitIsRefusedBeforeItsContent() {
        for (int length : new int[] {LIMIT + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            ByteBuf header = Unpooled.buffer().writeInt(length);
            assertThatThrownBy(() -> new FrameReader(LIMIT, frames::add).read(header))
                    .isInstanceOf(WireFormatException.class)
                    .hasMessage("a frame of %d bytes, at most %d are allowed", Integer.toUnsignedLong(length), LIMIT);
        }
        assertThat(frames).isEmpty();
    }

    @Test
    void theLimitOfTheNextFrameCanBeRaised() throws Exception {
        FrameReader small = new FrameReader(4, frames::add);
        small.read(Unpooled.buffer().writeInt(4).writeInt(7));
        small.limit(8);
        small.read(Unpooled.buffer().writeInt(8).writeLong(7));
        assertThat(frames).hasSize(2);
    }
}
