package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.HeldSegments;
import io.sherd.consensus.rpc.PeerStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SlackReportTest {

    @Test
    void ownPiecesOfAllFourSurviveOneLoss() {
        SlackReport slack = SlackReport.of(
                List.of(answer(0, own(0, 10)), answer(1, own(0, 10)), answer(2, own(0, 10)), answer(3, own(0, 10))), 3);

        assertThat(slack.ranges()).containsExactly(new SlackReport.Range(0, 10, 1));
    }

    @Test
    void hintsTakeThePlaceOfAReplicaThatIsAway() {
        SlackReport slack = SlackReport.of(
                List.of(
                        answer(0, own(0, 6), own(6, 10, 3)),
                        answer(1, own(0, 6), own(6, 10, 3)),
                        answer(2, own(0, 6), own(6, 10, 3))),
                3);

        assertThat(slack.ranges()).containsExactly(new SlackReport.Range(0, 6, 0), new SlackReport.Range(6, 10, 1));
        assertThat(slack.worst()).contains(new SlackReport.Range(0, 6, 0));
    }

    @Test
    void whatIsHeldInFullSurvivesAllLossesButTheLast() {
        HeldSegments full = HeldSegments.newBuilder()
                .setFirst(10)
                .setEnd(11)
                .setFull(true)
                .setOwn(true)
                .build();
        SlackReport slack = SlackReport.of(
                List.of(answer(0, own(0, 10), full), answer(1, own(0, 10), full), answer(2, own(0, 10))), 3);

        assertThat(slack.ranges()).containsExactly(new SlackReport.Range(0, 10, 0), new SlackReport.Range(10, 11, 1));
    }

    @Test
    void whatCannotBeReachedIsNegative() {
        SlackReport slack = SlackReport.of(List.of(answer(0, own(0, 4)), answer(2, own(0, 3))), 3);

        assertThat(slack.ranges()).containsExactly(new SlackReport.Range(0, 3, -1), new SlackReport.Range(3, 4, -2));
    }

    @Test
    void aLedgerWithoutSegmentsHasNoWorst() {
        assertThat(SlackReport.of(List.of(answer(0)), 3).worst()).isEmpty();
    }

    @Test
    void wordsSayWhatKCostsAndSurvives() {
        assertThat(new PieceChoice(4, 1, 3).words())
                .isEqualTo("k=3: each replica stores 1/3 of the history; any 3 that are up and honest can read it,"
                        + " so 1 may be lost or lie");
        assertThat(new PieceChoice(7, 2, 3).words())
                .isEqualTo("k=3: each replica stores 1/3 of the history; any 3 that are up and honest can read it,"
                        + " so 4 may be lost or lie, 2 of them lying at most");
        assertThat(new PieceChoice(3, 0, 3).words()).endsWith("can read it, so none may be lost");
        assertThat(new PieceChoice(3, 0, 2).words()).endsWith("can read it, so 1 may be lost");
    }

    private static GetStatusResponse answer(int replica, HeldSegments... held) {
        GetStatusResponse.Builder answer = GetStatusResponse.newBuilder().setReplica(replica);
        for (int peer = 0; peer < 4; peer++) {
            if (peer != replica) {
                answer.addPeers(PeerStatus.newBuilder().setReplica(peer));
            }
        }
        return answer.addAllHeld(List.of(held)).build();
    }

    private static HeldSegments own(long first, long end, Integer... hints) {
        return HeldSegments.newBuilder()
                .setFirst(first)
                .setEnd(end)
                .setOwn(true)
                .addAllHints(List.of(hints))
                .build();
    }
}
