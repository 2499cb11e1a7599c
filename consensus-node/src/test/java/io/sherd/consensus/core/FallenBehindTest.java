package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a replica finds that entries will not bring it forward any more. */
class FallenBehindTest {

    private static final int SELF = 3;
    private static final int LONG = 300;
    private static final Message.Entries NOTHING = new Message.Entries(List.of());

    private final Bench bench = Bench.founding(4, SELF);
    private final CheckpointCertificate far = bench.certificate(Bench.statement(100), 0, 1, 2);

    @Test
    void whoIsTooFarBehindSaysSoOnce() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));

        assertThat(fallen(answering(LONG, Map.of(0, NOTHING, 1, NOTHING, 2, NOTHING))))
                .containsExactly(new Effect.FallenBehind(far));
        assertThat(fallen(answering(LONG, Map.of(0, NOTHING, 1, NOTHING, 2, NOTHING))))
                .isEmpty();
    }

    @Test
    void aLiarThatDoesNotAnswerChangesNothing() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));

        assertThat(fallen(answering(LONG, Map.of(1, NOTHING, 2, NOTHING))))
                .containsExactly(new Effect.FallenBehind(far));
    }

    @Test
    void fWhoKeepNothingAreNotBelieved() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));

        assertThat(fallen(answering(LONG, Map.of(0, NOTHING)))).isEmpty();
    }

    @Test
    void withoutAStableCheckpointAheadEntriesAreWaitedFor() {
        hear(0, 1, 2);

        assertThat(fallen(answering(LONG, Map.of(0, NOTHING, 1, NOTHING, 2, NOTHING))))
                .isEmpty();
    }

    @Test
    void whileOneKeepsTheEntriesTheyAreTakenFromIt() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));
        Message.Entries entry = new Message.Entries(List.of(bench.decided(1, bench.batch(1))));

        List<Effect> effects = answering(60, Map.of(0, NOTHING, 1, NOTHING, 2, entry));

        assertThat(Bench.only(Effect.Execute.class, effects)).hasSize(1);
        assertThat(fallen(effects)).isEmpty();
    }

    @Test
    void whatWasLackingBeforeAnEntryCameDoesNotCountAfterIt() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));
        Message.Entries entry = new Message.Entries(List.of(bench.decided(1, bench.batch(1))));
        while (bench.inspect().executed() == 0) {
            answering(1, Map.of(0, NOTHING, 1, NOTHING, 2, entry));
        }

        // Nobody answers any more: what was said of the first entry says nothing of the second.
        assertThat(fallen(answering(LONG, Map.of()))).isEmpty();
    }

    @Test
    void nothingThatWasNotAskedForIsIgnored() {
        assertThat(bench.arrive(1, NOTHING))
                .containsExactly(new Effect.Ignored(1, "Entries", IgnoreReason.UNSOLICITED));
    }

    @Test
    void untilItIsStoppedItVotesOnWhatIsNew() {
        hear(0, 1, 2);
        bench.arrive(1, new Message.Certificate(far));
        answering(LONG, Map.of(0, NOTHING, 1, NOTHING, 2, NOTHING));
        Message.PrePrepare next = bench.prePrepare(0, 101, bench.batch(7));

        assertThat(Bench.broadcast(Message.Prepare.class, bench.arrive(0, next)))
                .containsExactly(bench.prepare(SELF, next.ballot()));
    }

    /** These say that they have executed what this replica lacks. */
    private void hear(int... peers) {
        for (int peer : peers) {
            bench.arrive(peer, new Message.Status(0, 0, 120, 100));
        }
    }

    /** The effects of so many ticks in which these peers answer each question at once. */
    private List<Effect> answering(int ticks, Map<Integer, Message.Entries> answers) {
        List<Effect> effects = new ArrayList<>();
        for (int tick = 0; tick < ticks; tick++) {
            List<Effect> asked = bench.tick(1);
            effects.addAll(asked);
            Map<Integer, Message.Entries> due = new HashMap<>();
            for (Effect.Send sent : Bench.only(Effect.Send.class, asked)) {
                Message.Entries answer = answers.get(sent.replica());
                if (sent.message() instanceof Message.FetchEntries && answer != null) {
                    due.put(sent.replica(), answer);
                }
            }
            due.forEach((peer, answer) -> effects.addAll(bench.arrive(peer, answer)));
        }
        return effects;
    }

    private static List<Effect.FallenBehind> fallen(List<Effect> effects) {
        return Bench.only(Effect.FallenBehind.class, effects);
    }
}
