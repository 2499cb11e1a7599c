package io.sherd.consensus.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.consensus.wire.TestCluster;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HelloTest {

    private final Digest cluster = TestCluster.hash("cluster");
    private final Hello own = Hello.of(cluster, 1, 5);

    @Test
    void aHelloHasTheGoldenBytes() throws Exception {
        Hello hello = Hello.of(Digest.ZERO, 258, 3);
        assertThat(hello.encoded().hex())
                .isEqualTo("5348524c" + "0001" + "0001" + "00".repeat(32) + "0102" + "0000000000000003");
        assertThat(Hello.decode(hello.encoded())).isEqualTo(hello);
        assertThat(hello.encoded().size()).isLessThanOrEqualTo(Hello.MAX_BYTES);
    }

    @Test
    void aLaterVersionMayAddToIt() throws Exception {
        byte[] longer = Arrays.copyOf(own.encoded().readOnlyArray(), 100);
        assertThat(Hello.decode(Bytes.wrap(longer))).isEqualTo(own);
    }

    @Test
    void everyPrefixAndAnotherMagicAreRefused() {
        byte[] whole = own.encoded().toByteArray();
        for (int size = 0; size < whole.length; size++) {
            Bytes prefix = Bytes.wrap(Arrays.copyOf(whole, size));
            assertThatThrownBy(() -> Hello.decode(prefix)).isInstanceOf(WireFormatException.class);
        }
        whole[0] = 'X';
        assertThatThrownBy(() -> Hello.decode(Bytes.wrap(whole)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("not a hello");
    }

    @Test
    void whoFitsIsNotObjectedTo() {
        assertThat(own.objection(Hello.of(cluster, 2, 9), 2)).isEmpty();
        assertThat(own.objection(new Hello(1, 7, cluster, 2, 0), 2)).isEmpty();
    }

    @Test
    void anotherGenesisIsNamed() {
        Digest other = TestCluster.hash("other");
        assertThat(own.objection(Hello.of(other, 2, 0), 2))
                .hasValueSatisfying(text -> assertThat(text)
                        .contains("replica 2 has another genesis")
                        .contains(other.shortHex())
                        .contains(cluster.shortHex())
                        // A log line keeps its end.
                        .hasSizeLessThan(200));
    }

    @Test
    void anotherReplicaThanTheCertificatesIsNamed() {
        assertThat(own.objection(Hello.of(cluster, 1, 0), 2))
                .contains("shows the certificate of replica 2 and says that it is replica 1");
    }

    @Test
    void versionsThatDoNotMeetAreNamed() {
        assertThat(own.objection(new Hello(2, 3, cluster, 2, 0), 2))
                .contains("replica 2 speaks versions 2 to 3, here it is 1 to 1");
    }
}
