package io.sherd.archive.genesis;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/** The JSON document of a genesis, key for key. Names are written with hyphens; digests, keys and ids in hexadecimal. */
@JsonPropertyOrder({
    "format",
    "clusterId",
    "name",
    "nonce",
    "faults",
    "piecesNeeded",
    "stateMachine",
    "limits",
    "replicas",
    "clients",
    "admins"
})
record GenesisDocument(
        String format,
        String clusterId,
        String name,
        String nonce,
        int faults,
        int piecesNeeded,
        String stateMachine,
        Limits limits,
        List<Replica> replicas,
        List<String> clients,
        List<String> admins) {

    /** What the key {@code format} must say. */
    static final String FORMAT = "sherd.genesis/1";

    /** One replica of the founding member table; its number is its place in the list. */
    @JsonPropertyOrder({"key", "tlsPin", "peerAddress", "edgeAddress", "directory"})
    record Replica(String key, String tlsPin, String peerAddress, String edgeAddress, String directory) {}

    /** The document of a genesis. */
    static GenesisDocument of(Genesis genesis) {
        MemberTable members = genesis.members();
        return new GenesisDocument(
                FORMAT,
                genesis.clusterId().hex(),
                genesis.name(),
                genesis.nonce().hex(),
                genesis.quorums().faultLimit(),
                genesis.piecesNeeded(),
                genesis.stateMachine(),
                genesis.limits(),
                members.members().stream()
                        .map(member -> new Replica(
                                member.key().hex(),
                                member.tlsPin().hex(),
                                member.peerAddress(),
                                member.edgeAddress(),
                                member.directory().bytes().hex()))
                        .toList(),
                members.clients().stream().map(VerifyingKey::hex).toList(),
                members.admins().stream().map(VerifyingKey::hex).toList());
    }

    /**
     * The genesis that the document describes; whether it has the stated cluster id is not checked here.
     *
     * @throws IllegalArgumentException naming the key whose value does not do
     */
    Genesis toGenesis() {
        if (!format.equals(FORMAT)) {
            throw new IllegalArgumentException("format is \"%s\", this program reads \"%s\"".formatted(format, FORMAT));
        }
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < replicas.size(); i++) {
            members.add(member(replicas.get(i), "replicas[" + i + "]."));
        }
        return new Genesis(
                name,
                at("nonce", () -> Digest.fromHex(nonce)),
                at("faults", () -> new Quorums(members.size(), faults)),
                piecesNeeded,
                stateMachine,
                limits,
                new MemberTable(0, members, keys("clients", clients), keys("admins", admins)));
    }

    private static Member member(Replica replica, String path) {
        return new Member(
                at(path + "key", () -> VerifyingKey.fromHex(replica.key())),
                at(path + "tls-pin", () -> Digest.fromHex(replica.tlsPin())),
                at(path + "peer-address", () -> address(replica.peerAddress())),
                at(path + "edge-address", () -> address(replica.edgeAddress())),
                at(
                        path + "directory",
                        () -> new DirectoryId(Bytes.wrap(HexFormat.of().parseHex(replica.directory())))),
                0);
    }

    private static List<VerifyingKey> keys(String path, List<String> hex) {
        List<VerifyingKey> keys = new ArrayList<>();
        for (int i = 0; i < hex.size(); i++) {
            String text = hex.get(i);
            keys.add(at(path + "[" + i + "]", () -> VerifyingKey.fromHex(text)));
        }
        return keys;
    }

    private static String address(String text) {
        Addresses.parse(text);
        return text;
    }

    private static <T> T at(String path, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }
}
