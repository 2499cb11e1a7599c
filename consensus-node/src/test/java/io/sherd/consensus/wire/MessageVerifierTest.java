package io.sherd.consensus.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.SampleMessages.Sample;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MessageVerifierTest {

    private final TestCluster cluster = new TestCluster(4);
    private final Map<String, Sample> samples = SampleMessages.of(cluster);
    private final List<Boolean> verdicts = new ArrayList<>();
    private final MessageVerifier verifier = verifierOf(cluster.domain());

    @Test
    void goodMessagesPass() {
        samples.forEach((name, sample) -> assertThat(verifier.refusal(sample.sender(), sample.message()))
                .as(name)
                .isEmpty());
        assertThat(verdicts).doesNotContain(false);
    }

    @Test
    void whatAReplicaSignsCountsOnlyOverItsOwnLink() {
        for (String name : List.of("prepare", "commit", "checkpoint", "view-change", "new-view")) {
            Sample sample = sample(name);
            assertThat(verifier.refusal((sample.sender() + 1) % 4, sample.message()))
                    .as(name)
                    .contains(Refusal.WRONG_SENDER);
        }
        assertThat(verdicts).as("no signature is checked for it").isEmpty();
    }

    @Test
    void onlyThePrimaryOfTheViewProposes() {
        Sample sample = sample("pre-prepare");
        assertThat(verifier.refusal(2, sample.message())).contains(Refusal.NOT_FROM_PRIMARY);
        Message.NewView newView = (Message.NewView) sample("new-view").message();
        Message.NewView fromAnother =
                new Message.NewView(0, 2, newView.viewChanges(), newView.proposals(), 3, newView.signature());
        assertThat(verifier.refusal(3, fromAnother)).contains(Refusal.NOT_FROM_PRIMARY);
    }

    @Test
    void anotherReplicasSignatureIsBad() {
        Ballot ballot = cluster.ballot(0, 1, 130, cluster.batch(7));
        Message.Prepare ofTwo = cluster.prepare(ballot, 2);
        assertThat(verifier.refusal(3, new Message.Prepare(ballot, 3, ofTwo.signature())))
                .contains(Refusal.BAD_SIGNATURE);
    }

    @Test
    void aSignatureOfAnotherTypeIsBad() {
        Ballot ballot = cluster.ballot(0, 1, 130, cluster.batch(7));
        Signature prepare = cluster.prepare(ballot, 2).signature();
        assertThat(verifier.refusal(2, new Message.Commit(ballot, 2, prepare))).contains(Refusal.BAD_SIGNATURE);
    }

    @Test
    void everyFieldOfABallotIsUnderTheSignature() {
        Ballot good = cluster.ballot(0, 1, 130, cluster.batch(7));
        Signature signature = cluster.prepare(good, 2).signature();
        for (Ballot other : List.of(
                new Ballot(0, 2, 130, good.digest()),
                new Ballot(0, 1, 131, good.digest()),
                new Ballot(0, 1, 130, Batch.NULL.digest()))) {
            assertThat(verifier.refusal(2, new Message.Prepare(other, 2, signature)))
                    .contains(Refusal.BAD_SIGNATURE);
        }
    }

    @Test
    void everyFieldOfAViewChangeIsUnderTheSignature() {
        Message.ViewChange good = (Message.ViewChange) sample("view-change").message();
        for (Message.ViewChange other : List.of(
                new Message.ViewChange(0, 3, good.stable(), good.prepared(), 0, good.signature()),
                new Message.ViewChange(0, 2, Optional.empty(), good.prepared(), 0, good.signature()),
                new Message.ViewChange(0, 2, good.stable(), List.of(), 0, good.signature()))) {
            assertThat(verifier.refusal(0, other)).contains(Refusal.BAD_SIGNATURE);
        }
    }

    @Test
    void everyFieldOfANewViewIsUnderTheSignature() {
        Message.NewView good = (Message.NewView) sample("new-view").message();
        List<Message.ViewChange> fewer = good.viewChanges().subList(0, 2);
        for (Message.NewView other : List.of(
                new Message.NewView(0, 6, good.viewChanges(), good.proposals(), 2, good.signature()),
                new Message.NewView(0, 2, fewer, good.proposals(), 2, good.signature()),
                new Message.NewView(0, 2, good.viewChanges(), new java.util.TreeMap<>(), 2, good.signature()))) {
            assertThat(verifier.refusal(2, other)).contains(Refusal.BAD_SIGNATURE);
        }
    }

    @Test
    void whatAnotherClusterSignedIsBad() {
        MessageVerifier elsewhere = verifierOf(new SigningDomain(TestCluster.hash("another cluster")));
        for (String name : List.of(
                "forward-operation",
                "pre-prepare",
                "prepare",
                "commit",
                "checkpoint",
                "view-change",
                "new-view",
                "receipt")) {
            Sample sample = sample(name);
            assertThat(elsewhere.refusal(sample.sender(), sample.message()))
                    .as(name)
                    .contains(Refusal.BAD_SIGNATURE);
        }
    }

    @Test
    void anEpochThatIsNotKnownHereIsRefused() {
        Batch batch = cluster.batch(7);
        Ballot later = cluster.ballot(5, 0, 130, batch);
        assertThat(verifier.refusal(1, cluster.prePrepare(5, 0, 130, batch))).contains(Refusal.UNKNOWN_EPOCH);
        assertThat(verifier.refusal(1, cluster.commit(later, 1))).contains(Refusal.UNKNOWN_EPOCH);
        StorageReceipt receipt =
                StorageReceipt.sign(cluster.domain(), cluster.signer(2), 5, 2, 3, 5, TestCluster.hash("history"));
        assertThat(verifier.refusal(2, new Message.Receipt(receipt))).contains(Refusal.UNKNOWN_EPOCH);
    }

    @Test
    void receiptsMayBeRelayed() {
        assertThat(verifier.refusal(0, sample("receipt").message())).isEmpty();
    }

    @Test
    void aForwardedRequestWithABadSignatureIsRefused() {
        Request.Operation good = cluster.operation(9, "hello");
        Request.Operation bad = new Request.Operation(
                good.client(),
                9,
                Bytes.EMPTY,
                good.signature(),
                cluster.operation(9, "").encoded());
        assertThat(verifier.refusal(1, new Message.Forward(bad))).contains(Refusal.BAD_SIGNATURE);
    }

    @Test
    void requestsOfAProposalAreCheckedAheadUntilTheFirstBadOne() {
        Request.Operation good = cluster.operation(9, "hello");
        Request.Operation bad = new Request.Operation(
                good.client(), 9, good.payload(), cluster.operation(8, "").signature(), good.encoded());
        Batch batch = Batch.of(List.of(good, bad, cluster.operation(10, "never checked")));
        assertThat(verifier.refusal(1, cluster.prePrepare(0, 1, 130, batch)))
                .as("the core says what is wrong with a batch")
                .isEmpty();
        assertThat(verdicts).containsExactly(true, true, false);
    }

    @Test
    void requestsOfAProposalThatIsNotThePrimarysAreNotChecked() {
        Message.PrePrepare good = cluster.prePrepare(0, 1, 130, cluster.batch(7));
        Message.PrePrepare bad = new Message.PrePrepare(
                good.ballot(), good.batch(), cluster.prepare(good.ballot(), 1).signature());
        assertThat(verifier.refusal(1, bad)).contains(Refusal.BAD_SIGNATURE);
        assertThat(verdicts).containsExactly(false);
    }

    private Sample sample(String name) {
        return Objects.requireNonNull(samples.get(name), name);
    }

    private MessageVerifier verifierOf(SigningDomain domain) {
        SignatureVerifier recording = (key, message, signature) -> {
            boolean verdict = TestKeys.VERIFIER.verify(key, message, signature);
            verdicts.add(verdict);
            return verdict;
        };
        MemberTable genesis = cluster.genesis().members();
        MemberTables tables = new MemberTables() {
            @Override
            public MemberTable current() {
                return genesis;
            }

            @Override
            public Optional<MemberTable> ofEpoch(long epoch) {
                return epoch == 0 ? Optional.of(genesis) : Optional.empty();
            }
        };
        return new MessageVerifier(domain, cluster.genesis().quorums(), tables, recording);
    }
}
