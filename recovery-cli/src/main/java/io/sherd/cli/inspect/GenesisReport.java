package io.sherd.cli.inspect;

import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Table;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayList;
import java.util.List;

/**
 * What a cluster is founded on.
 *
 * @param kind genesis
 * @param name the cluster's name
 * @param cluster the cluster id: the hash of all of this
 * @param format the version of the bytes that are hashed
 * @param n replicas
 * @param f faulty ones that it tolerates
 * @param k pieces that rebuild a segment
 * @param quorum signatures that make a certificate
 * @param stateMachine what executes requests
 * @param replicas the member table of epoch 0
 * @param clients the keys that may write
 * @param admins the keys that may administer
 */
public record GenesisReport(
        String kind,
        String name,
        String cluster,
        String format,
        int n,
        int f,
        int k,
        int quorum,
        String stateMachine,
        List<Replica> replicas,
        List<String> clients,
        List<String> admins)
        implements Inspected {

    /** One replica. */
    public record Replica(
            String replica, String peerAddress, String edgeAddress, String key, String tlsPin, String directoryId) {}

    /**
     * Describes a genesis.
     *
     * @param genesis any
     */
    public static GenesisReport of(Genesis genesis) {
        List<Replica> replicas = new ArrayList<>();
        for (int number = 0; number < genesis.quorums().replicaCount(); number++) {
            Member member = genesis.members().member(number);
            replicas.add(new Replica(
                    "r" + number,
                    member.peerAddress(),
                    member.edgeAddress(),
                    member.key().hex(),
                    member.tlsPin().hex(),
                    member.directory().bytes().hex()));
        }
        return new GenesisReport(
                "genesis",
                genesis.name(),
                genesis.clusterId().hex(),
                "genesis/" + Genesis.FORMAT_VERSION,
                genesis.quorums().replicaCount(),
                genesis.quorums().faultLimit(),
                genesis.piecesNeeded(),
                genesis.quorums().quorum(),
                genesis.stateMachine(),
                replicas,
                genesis.members().clients().stream().map(VerifyingKey::hex).toList(),
                genesis.members().admins().stream().map(VerifyingKey::hex).toList());
    }

    @Override
    public int exitCode() {
        return ExitCode.DONE.code();
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>(new Facts()
                .add("cluster", name)
                .add("id", cluster)
                .add("format", format)
                .add("replicas", "n=%d f=%d, %d signatures make a certificate".formatted(n, f, quorum))
                .add("pieces", "k=%d rebuild a segment".formatted(k))
                .add("state machine", stateMachine)
                .lines());
        Table table = new Table("ID", "LINK", "EDGE", "KEY", "TLS PIN");
        replicas.forEach(replica -> table.row(
                replica.replica(), replica.peerAddress(), replica.edgeAddress(), replica.key(), replica.tlsPin()));
        lines.addAll(table.lines());
        clients.forEach(key -> lines.add("client  " + key));
        admins.forEach(key -> lines.add("admin   " + key));
        return lines;
    }
}
