package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whatever a peer should not have said is ignored, for a reason with a name, and changes nothing. */
class SpuriousMessagesTest {

    private record Case(String name, int sender, Message message, IgnoreReason reason) {}

    /** A backup of four that has accepted a proposal at 1 and heard votes for it. */
    private static Bench bench() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        bench.arrive(0, proposal);
        bench.arrive(2, bench.prepare(2, proposal.ballot()));
        bench.arrive(2, bench.commit(2, proposal.ballot()));
        bench.arrive(2, bench.checkpoint(2, Bench.statement(3)));
        return bench;
    }

    private static List<Case> cases(Bench bench) {
        Batch one = bench.batch(1);
        Batch two = bench.batch(2);
        Ballot first = Bench.ballot(0, 1, one);
        Ballot second = Bench.ballot(0, 2, two);
        Ballot futureView = Bench.ballot(1, 2, two);
        Ballot tooHigh = Bench.ballot(0, 33, two);
        Ballot tooLow = Bench.ballot(0, 0, two);
        Message.PrePrepare proposal = bench.prePrepare(0, 2, two);
        Request.Operation unlisted = Request.Operation.sign(
                bench.cluster().domain(),
                bench.cluster().signer(2),
                1,
                one.requests().getFirst().encoded());
        Request.Operation signed = bench.cluster().operation(0, 9, 10);
        Request.Operation unsigned = new Request.Operation(
                signed.client(), signed.id(), signed.payload(), unlisted.signature(), signed.encoded());
        Request.Rejoin rejoin = bench.cluster().rejoin(3, 0, 1);
        Request.Rejoin stale = bench.cluster().rejoin(3, 7, 1);
        MemberTable next = bench.cluster().members().after(Batch.of(List.of(rejoin)));
        CheckpointStatement closing = Bench.statement(5, "ledger", Optional.of(next));
        MemberTable wrongNext =
                bench.cluster().members().after(Batch.of(List.of(bench.cluster().rejoin(2, 0, 1))));
        DecidedEntry decided = bench.decided(1, one);
        return List.of(
                new Case("proposal of a backup", 2, proposal, IgnoreReason.NOT_FROM_PRIMARY),
                new Case("same proposal again", 0, bench.prePrepare(0, 1, one), IgnoreReason.DUPLICATE),
                new Case("another proposal for a position", 0, bench.prePrepare(0, 1, two), IgnoreReason.CONFLICTING),
                new Case("proposal of a later view", 1 + 1, bench.prePrepare(2, 2, two), IgnoreReason.FUTURE_VIEW),
                new Case("proposal above the window", 0, bench.prePrepare(0, 33, two), IgnoreReason.ABOVE_WINDOW),
                new Case(
                        "proposal with another batch's digest",
                        0,
                        new Message.PrePrepare(second, bench.batch(3), proposal.signature()),
                        IgnoreReason.WRONG_DIGEST),
                new Case("null batch", 0, bench.prePrepare(0, 2, Batch.NULL), IgnoreReason.INVALID_BATCH),
                new Case(
                        "seal of another position",
                        0,
                        bench.prePrepare(0, 2, Batch.of(List.of(Request.Seal.at(3)))),
                        IgnoreReason.INVALID_BATCH),
                new Case(
                        "batch that is too large",
                        0,
                        bench.prePrepare(
                                0,
                                2,
                                Batch.of(java.util.stream.LongStream.rangeClosed(1, 6)
                                        .mapToObj(i -> bench.cluster().operation(0, i, 900))
                                        .toList())),
                        IgnoreReason.INVALID_BATCH),
                new Case(
                        "request that is too large",
                        0,
                        bench.prePrepare(0, 2, Batch.of(List.of(bench.cluster().operation(0, 5, 1000)))),
                        IgnoreReason.INVALID_BATCH),
                new Case(
                        "request of an unlisted client",
                        0,
                        bench.prePrepare(0, 2, Batch.of(List.of(unlisted))),
                        IgnoreReason.INVALID_REQUEST),
                new Case(
                        "request with another's signature",
                        0,
                        bench.prePrepare(0, 2, Batch.of(List.of(unsigned))),
                        IgnoreReason.INVALID_REQUEST),
                new Case(
                        "two REJOINs of one replica",
                        0,
                        bench.prePrepare(
                                0, 2, Batch.of(List.of(rejoin, bench.cluster().rejoin(3, 0, 2)))),
                        IgnoreReason.INVALID_BATCH),
                new Case(
                        "REJOIN of another incarnation",
                        0,
                        bench.prePrepare(0, 2, Batch.of(List.of(stale))),
                        IgnoreReason.INVALID_REQUEST),
                new Case("PREPARE again", 2, bench.prepare(2, first), IgnoreReason.DUPLICATE),
                new Case("another PREPARE", 2, bench.prepare(2, Bench.ballot(0, 1, two)), IgnoreReason.CONFLICTING),
                new Case("PREPARE of the primary", 0, bench.prepare(0, first), IgnoreReason.FROM_PRIMARY),
                new Case("PREPARE in another's name", 2, bench.prepare(3, first), IgnoreReason.WRONG_SENDER),
                new Case("PREPARE of a later view", 2, bench.prepare(2, futureView), IgnoreReason.FUTURE_VIEW),
                new Case("PREPARE above the window", 2, bench.prepare(2, tooHigh), IgnoreReason.ABOVE_WINDOW),
                new Case("PREPARE below the window", 2, bench.prepare(2, tooLow), IgnoreReason.BELOW_WINDOW),
                new Case(
                        "PREPARE of a later epoch",
                        2,
                        bench.prepare(2, new Ballot(1, 0, 1, one.digest())),
                        IgnoreReason.FUTURE_EPOCH),
                new Case("COMMIT again", 2, bench.commit(2, first), IgnoreReason.DUPLICATE),
                new Case("another COMMIT", 2, bench.commit(2, Bench.ballot(0, 1, two)), IgnoreReason.CONFLICTING),
                new Case("COMMIT in another's name", 2, bench.commit(3, first), IgnoreReason.WRONG_SENDER),
                new Case("COMMIT above the window", 2, bench.commit(2, tooHigh), IgnoreReason.ABOVE_WINDOW),
                new Case("CHECKPOINT again", 2, bench.checkpoint(2, Bench.statement(3)), IgnoreReason.DUPLICATE),
                new Case(
                        "another CHECKPOINT",
                        2,
                        bench.checkpoint(2, Bench.statement(3, "other", Optional.empty())),
                        IgnoreReason.CONFLICTING),
                new Case(
                        "CHECKPOINT in another's name",
                        2,
                        bench.checkpoint(3, Bench.statement(3)),
                        IgnoreReason.WRONG_SENDER),
                new Case(
                        "CHECKPOINT of no closing",
                        2,
                        bench.checkpoint(2, Bench.statement(0)),
                        IgnoreReason.BELOW_WINDOW),
                new Case(
                        "certificate of too few",
                        2,
                        new Message.Certificate(bench.certificate(Bench.statement(3), 0, 2)),
                        IgnoreReason.INVALID_PROOF),
                new Case(
                        "closing with another member table",
                        2,
                        new Message.EpochClosed(new ClosedEpoch(bench.certificate(closing, 0, 2, 3), wrongNext)),
                        IgnoreReason.INVALID_PROOF),
                new Case(
                        "closing of a later epoch",
                        2,
                        new Message.EpochClosed(new ClosedEpoch(
                                bench.certificate(
                                        new CheckpointStatement(
                                                1,
                                                9,
                                                Digest.ZERO,
                                                1,
                                                Digest.ZERO,
                                                0,
                                                Digest.ZERO,
                                                Optional.of(next.digest())),
                                        0,
                                        2,
                                        3),
                                next)),
                        IgnoreReason.FUTURE_EPOCH),
                new Case(
                        "relayed request without a signature",
                        2,
                        new Message.Forward(unsigned),
                        IgnoreReason.INVALID_REQUEST),
                new Case("relayed seal", 2, new Message.Forward(Request.Seal.at(2)), IgnoreReason.INVALID_REQUEST),
                new Case(
                        "own REJOIN from elsewhere",
                        2,
                        new Message.Forward(bench.cluster().rejoin(1, 0, 1)),
                        IgnoreReason.UNSOLICITED),
                new Case("entries unasked", 2, new Message.Entries(List.of(decided)), IgnoreReason.UNSOLICITED),
                new Case("batches unasked", 2, new Message.Batches(List.of(one)), IgnoreReason.UNSOLICITED),
                new Case(
                        "question for unknown batches",
                        2,
                        new Message.FetchBatches(List.of(Digest.ZERO)),
                        IgnoreReason.UNSOLICITED),
                new Case("question for entries", 2, new Message.FetchEntries(1, 1), IgnoreReason.NOT_FOR_CORE),
                new Case(
                        "receipt",
                        2,
                        new Message.Receipt(StorageReceipt.sign(
                                bench.cluster().domain(), bench.cluster().signer(2), 0, 2, 0, 1, Digest.ZERO)),
                        IgnoreReason.NOT_FOR_CORE),
                new Case(
                        "VIEW-CHANGE for the present view",
                        2,
                        bench.viewChange(2, 0, Optional.empty()),
                        IgnoreReason.OLD_VIEW),
                new Case(
                        "VIEW-CHANGE in another's name",
                        2,
                        bench.viewChange(3, 1, Optional.empty()),
                        IgnoreReason.WRONG_SENDER),
                new Case(
                        "VIEW-CHANGE with too small a certificate",
                        2,
                        bench.viewChange(2, 1, Optional.of(bench.certificate(Bench.statement(3), 0, 2))),
                        IgnoreReason.INVALID_PROOF),
                new Case(
                        "VIEW-CHANGE with a proof of its own view",
                        2,
                        bench.viewChange(2, 1, Optional.empty(), bench.proof(1, 1, one)),
                        IgnoreReason.INVALID_PROOF),
                new Case(
                        "NEW-VIEW of another than the primary",
                        3,
                        newViewOf(bench, 3, 2),
                        IgnoreReason.NOT_FROM_PRIMARY),
                new Case(
                        "NEW-VIEW with too few VIEW-CHANGEs",
                        2,
                        bench.newView(
                                2,
                                List.of(
                                        bench.viewChange(2, 2, Optional.empty()),
                                        bench.viewChange(3, 2, Optional.empty())),
                                new TreeMap<>()),
                        IgnoreReason.INVALID_PROOF));
    }

    @TestFactory
    List<DynamicTest> isIgnoredForItsReason() {
        return cases(bench()).stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    Bench bench = bench();
                    Inspection before = bench.inspect();

                    List<Effect> effects = bench.arrive(c.sender(), c.message());

                    assertThat(effects)
                            .contains(new Effect.Ignored(
                                    c.sender(), c.message().getClass().getSimpleName(), c.reason()))
                            .noneMatch(e -> e instanceof Effect.Persist || e instanceof Effect.Broadcast);
                    Inspection after = bench.inspect();
                    assertThat(after.executed()).isEqualTo(before.executed());
                    assertThat(after.view()).isEqualTo(before.view());
                    assertThat(after.pending()).isEqualTo(before.pending());
                    assertThat(after.inFlight()).isEqualTo(before.inFlight());
                }))
                .toList();
    }

    @Test
    void whatIsOldOrComesAtTheWrongTimeIsIgnoredToo() {
        Bench bench = bench();
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));
        assertThat(bench.inspect().view()).isEqualTo(1);

        assertThat(bench.arrive(2, bench.prepare(2, Bench.ballot(0, 2, bench.batch(2)))))
                .containsExactly(new Effect.Ignored(2, "Prepare", IgnoreReason.OLD_VIEW));
        assertThat(bench.arrive(2, bench.viewChange(2, 1, Optional.empty())))
                .contains(new Effect.Ignored(2, "ViewChange", IgnoreReason.OLD_VIEW));
    }

    @Test
    void aFullQueueIgnoresMoreOfTheClientThatFilledItAndTakesAnothers() {
        Bench bench = Bench.founding(4, 1);
        int most = bench.cluster().config(1).maxPendingRequests();
        for (int id = 1; id <= most; id++) {
            assertThat(bench.submit(bench.cluster().operation(0, id, 10))).isEmpty();
        }

        assertThat(bench.arrive(2, new Message.Forward(bench.cluster().operation(0, most + 1L, 10))))
                .containsExactly(new Effect.Ignored(2, "Forward", IgnoreReason.QUEUE_FULL));
        assertThat(bench.submit(bench.cluster().operation(0, most + 2L, 10)))
                .containsExactly(new Effect.Ignored(1, "Submitted", IgnoreReason.QUEUE_FULL));
        assertThat(bench.submit(bench.cluster().operation(1, 1, 10))).isEmpty();
        assertThat(bench.inspect().pending()).isEqualTo(most);
    }

    @Test
    void everyReasonButThreeThatNeedAnotherModeIsAmongTheCases() {
        EnumSet<IgnoreReason> seen = EnumSet.noneOf(IgnoreReason.class);
        cases(bench()).forEach(c -> seen.add(c.reason()));

        // OLD_VIEW and QUEUE_FULL have tests above; OLD_EPOCH and NOT_ACTIVE in EpochsTest.
        assertThat(EnumSet.complementOf(seen))
                .containsOnly(IgnoreReason.OLD_EPOCH, IgnoreReason.NOT_ACTIVE, IgnoreReason.QUEUE_FULL);
    }

    private static Message.NewView newViewOf(Bench bench, int sender, long view) {
        Message.NewView right = bench.newView(view, List.of(), new TreeMap<>());
        return new Message.NewView(0, view, right.viewChanges(), right.proposals(), sender, right.signature());
    }
}
