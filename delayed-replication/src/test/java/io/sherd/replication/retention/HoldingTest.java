package io.sherd.replication.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HoldingTest {

    private static final Holding SEALED = Holding.sealed(0, 4, ReplicaSet.NONE);

    @Test
    void aSealedSegmentOwesAHintToEverybodyWhoseReceiptIsMissing() {
        assertThat(SEALED.hintsOwed()).isEqualTo(ReplicaSet.of(1, 2, 3));
        assertThat(SEALED.received(1).received(2).hintsOwed()).isEqualTo(ReplicaSet.of(3));
        assertThat(SEALED.received(1).received(2).madeHint(3).hintsOwed()).isEqualTo(ReplicaSet.NONE);
    }

    @Test
    void fullBytesStayUntilTheSegmentIsStableAndEveryHintIsHeld() {
        Holding stable = SEALED.received(1).received(2).becameStable();

        assertThat(SEALED.received(1).received(2).received(3).mayDrop()).isFalse();
        assertThat(stable.mayDrop()).isFalse();
        assertThat(stable.madeHint(3).mayDrop()).isTrue();
        assertThat(stable.received(3).mayDrop()).isTrue();
        assertThatThrownBy(stable::dropped).isInstanceOf(Invariant.Violation.class);
    }

    @Test
    void aHintGoesWithItsOwnersReceiptAndNotBefore() {
        Holding dropped =
                SEALED.received(1).received(2).becameStable().madeHint(3).dropped();

        assertThat(dropped.serves()).isEqualTo(ReplicaSet.of(0, 3));
        assertThat(dropped.received(1).hintsToDelete()).isEqualTo(ReplicaSet.NONE);
        assertThatThrownBy(() -> dropped.deletedHint(3)).isInstanceOf(Invariant.Violation.class);
        assertThat(dropped.received(3).deletedHint(3).serves()).isEqualTo(ReplicaSet.of(0));
    }

    @Test
    void aReplicaThatJoinedAgainIsOwedNothingButKeepsWhatIsHeldForIt() {
        Holding dropped =
                SEALED.received(1).received(2).becameStable().madeHint(3).dropped();

        assertThat(SEALED.joinedAgain(3).hintsOwed()).isEqualTo(ReplicaSet.of(1, 2));
        assertThat(dropped.joinedAgain(3).serves()).isEqualTo(ReplicaSet.of(0, 3));
        assertThat(dropped.joinedAgain(3).hintsToDelete()).isEqualTo(ReplicaSet.NONE);
    }

    @Test
    void forgottenReceiptsCountAsAbsent() {
        Holding forgot =
                SEALED.received(1).received(2).received(3).becameStable().forgotReceipts();

        assertThat(forgot.mayDrop()).isFalse();
        assertThat(forgot.hintsOwed()).isEqualTo(ReplicaSet.of(1, 2, 3));
    }

    @Test
    void aReplicaThatGotItsPieceFromAHintServesThatPieceOnly() {
        Holding holding =
                Holding.commitmentOnly(3, 4, ReplicaSet.NONE).becameStable().gotOwnPiece();

        assertThat(holding.serves()).isEqualTo(ReplicaSet.of(3));
        assertThat(holding.hintsOwed()).isEqualTo(ReplicaSet.NONE);
        assertThatThrownBy(() -> holding.madeHint(1)).isInstanceOf(Invariant.Violation.class);
    }

    /** r3 is slow and never seals; r0 and r1 are wiped and restored, one after the other; then r2 goes silent. */
    @Test
    void successiveRestoresErodeNothingBecauseEachMakesTheHintsItOwes() {
        List<Holding> restored = new ArrayList<>();
        for (int wiped = 0; wiped < 2; wiped++) {
            Holding decoded = Holding.sealed(wiped, 4, ReplicaSet.of(wiped)).becameStable();
            for (int peer : new int[] {0, 1, 2}) {
                decoded = peer == wiped ? decoded : decoded.received(peer);
            }
            assertThat(decoded.mayDrop()).as("before the hint for r3 is made").isFalse();
            restored.add(decoded.madeHint(3).dropped());
        }

        assertThat(Slack.pieces(restored.stream().map(Holding::serves).toList()))
                .as("r0, r1 and the slow r3 have three pieces")
                .isEqualTo(3);
        assertThat(Slack.pieces(List.of(ReplicaSet.of(0), ReplicaSet.of(1))))
                .as("with their own pieces only they would have two")
                .isEqualTo(2);
    }

    @Test
    void slackCountsTheLossesThatAreSurvivedAtWorst() {
        List<ReplicaSet> own = List.of(ReplicaSet.of(0), ReplicaSet.of(1), ReplicaSet.of(2), ReplicaSet.of(3));
        assertThat(Slack.furtherLosses(own, 3)).isEqualTo(1);
        assertThat(Slack.furtherLosses(own, 2)).isEqualTo(2);
        assertThat(Slack.furtherLosses(own.subList(0, 3), 3)).isZero();
        assertThat(Slack.furtherLosses(own.subList(0, 2), 3)).isEqualTo(-1);
        assertThat(Slack.furtherLosses(List.of(), 3)).isEqualTo(-3);
    }

    @Test
    void slackCountsHintsWithWhoeverHoldsThem() {
        ReplicaSet full = ReplicaSet.all(4);
        assertThat(Slack.furtherLosses(List.of(ReplicaSet.of(0, 3), ReplicaSet.of(1, 3), ReplicaSet.of(2, 3)), 3))
                .as("any two of three with the hint of the fourth")
                .isEqualTo(1);
        assertThat(Slack.furtherLosses(List.of(ReplicaSet.of(0, 3), ReplicaSet.of(1), ReplicaSet.of(2)), 3))
                .as("one holds the only hint")
                .isZero();
        assertThat(Slack.furtherLosses(List.of(full, full, ReplicaSet.of(2)), 3))
                .as("two full copies")
                .isEqualTo(1);
    }
}
