package io.sherd.consensus.wire;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.consensus.core.SignedVote;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.SignedType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** At least one good message of every type, each with the replica that may send it. The same every time. */
final class SampleMessages {

    /**
     * A message that is good.
     *
     * @param sender who may say it
     * @param message what is said
     */
    record Sample(int sender, Message message) {}

    private SampleMessages() {}

    static Map<String, Sample> of(TestCluster cluster) {
        Map<String, Sample> samples = new LinkedHashMap<>();
        Batch batch = cluster.batch(7);
        Ballot ballot = cluster.ballot(0, 1, 130, batch);
        samples.put("forward-operation", new Sample(2, new Message.Forward(cluster.operation(9, "hello"))));
        samples.put("forward-rejoin", new Sample(2, new Message.Forward(cluster.rejoin(2, 0, 9))));
        samples.put("pre-prepare", new Sample(1, cluster.prePrepare(0, 1, 130, batch)));
        samples.put("pre-prepare-null", new Sample(1, cluster.prePrepare(0, 1, 131, Batch.NULL)));
        samples.put("prepare", new Sample(2, cluster.prepare(ballot, 2)));
        samples.put("commit", new Sample(3, cluster.commit(ballot, 3)));
        var statement = cluster.statement(0, 128, Optional.empty());
        samples.put("checkpoint", new Sample(0, cluster.checkpoint(statement, 0)));
        var closed = cluster.closedEpoch(cluster.genesis().members(), 128, cluster.rejoin(3, 0, 9));
        samples.put(
                "checkpoint-closing",
                new Sample(0, cluster.checkpoint(closed.certificate().statement(), 0)));
        PreparedProof proof = cluster.proof(ballot);
        samples.put("view-change-blank", new Sample(3, cluster.viewChange(0, 2, Optional.empty(), List.of(), 3)));
        List<Message.ViewChange> changes = new ArrayList<>();
        for (int i = 0; i < cluster.genesis().quorums().quorum(); i++) {
            changes.add(cluster.viewChange(
                    0, 2, Optional.of(cluster.certificate(statement)), i == 1 ? List.of() : List.of(proof), i));
        }
        samples.put("view-change", new Sample(0, changes.getFirst()));
        Ballot again = cluster.ballot(0, 2, 130, batch);
        samples.put(
                "new-view",
                new Sample(
                        2,
                        cluster.newView(
                                0,
                                2,
                                changes,
                                new TreeMap<>(Map.of(
                                        130L,
                                        cluster.signer(2)
                                                .sign(again.toSign(cluster.domain(), SignedType.PRE_PREPARE)))))));
        samples.put("status", new Sample(1, new Message.Status(0, 1, 131, 128)));
        samples.put("fetch-entries", new Sample(1, new Message.FetchEntries(129, 64)));
        samples.put(
                "entries",
                new Sample(
                        1,
                        new Message.Entries(
                                List.of(cluster.decided(0, 1, 130, batch), cluster.decided(0, 1, 131, Batch.NULL)))));
        samples.put(
                "fetch-batches", new Sample(1, new Message.FetchBatches(List.of(batch.digest(), Batch.NULL.digest()))));
        samples.put("batches", new Sample(1, new Message.Batches(List.of(batch, Batch.NULL))));
        samples.put("certificate", new Sample(1, new Message.Certificate(cluster.certificate(statement))));
        samples.put("epoch-closed", new Sample(1, new Message.EpochClosed(closed)));
        samples.put(
                "receipt",
                new Sample(
                        2,
                        new Message.Receipt(StorageReceipt.sign(
                                cluster.domain(), cluster.signer(2), 0, 2, 3, 5, TestCluster.hash("history")))));
        samples.put("fetch-signed", new Sample(1, new Message.FetchSigned()));
        samples.put(
                "signed-nothing",
                new Sample(1, new Message.Signed(Optional.empty(), Optional.empty(), Optional.empty())));
        samples.put(
                "signed",
                new Sample(
                        1,
                        new Message.Signed(
                                Optional.of(new SignedVote(
                                        SignedType.COMMIT,
                                        ballot,
                                        cluster.commit(ballot, 2).signature())),
                                Optional.of(cluster.checkpoint(statement, 2)),
                                Optional.of(changes.getLast()))));
        return samples;
    }
}
