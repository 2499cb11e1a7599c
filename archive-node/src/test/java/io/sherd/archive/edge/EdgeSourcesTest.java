package io.sherd.archive.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.learner.UnreachableSource;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeSourcesTest {

    private final Genesis genesis = MadeLedger.ofFour(7).genesis();

    @ParameterizedTest
    @ValueSource(strings = {"", "nowhere", "host:0", "host:99999", "fe80::1:80", "a host:80"})
    void anAddressThatIsNoneMakesASourceThatSaysSo(String address) {
        try (LedgerSource source = open(2, address)) {
            assertThat(source.replica()).isEqualTo(2);
            assertThatThrownBy(() -> new BlockingSource(source).head())
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("replica 2: its address in the member table: \"" + address + "\"");
        }
    }

    @Test
    void anExcludedReplicaIsNotAsked() {
        assertThat(EdgeSources.of(genesis).without(2).open(2, genesis.members().member(2)))
                .isEmpty();
    }

    @Test
    void anAddressIsNotLookedUpBeforeAQuestionIsAsked() {
        try (LedgerSource source = open(1, "no-such-host.invalid:7500")) {
            assertThat(source).isNotInstanceOf(UnreachableSource.class);
        }
    }

    private LedgerSource open(int replica, String edgeAddress) {
        Member member = genesis.members().member(replica);
        return EdgeSources.of(genesis)
                .open(
                        replica,
                        new Member(
                                member.key(),
                                member.tlsPin(),
                                member.peerAddress(),
                                edgeAddress,
                                member.directory(),
                                member.incarnation()))
                .orElseThrow();
    }
}
