package io.sherd.cli.cluster;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;

/**
 * Where things are in the directory of a local cluster. Configuration and data are apart, as they are on real machines: a
 * disk with data can be lost, and the node's keys are still there.
 *
 * <pre>
 *   genesis.json                what everybody trusts
 *   state-machine.jar           what executes operations, if Sherd does not ship it
 *   client.key admin.key        keys that the genesis lists
 *   conf/r0/sherd.yaml          the node's configuration, which names everything below
 *   conf/r0/ledger.key          what it signs with
 *   conf/r0/tls.key tls.crt     what it shows
 *   r0/                         its data directory: archive/ state/ votes/ identity
 *   log/r0.log                  what the process says
 *   run/r0.json                 which process it is
 * </pre>
 *
 * @param root the cluster's directory
 */
public record ClusterLayout(Path root) {
    /** {@return the genesis file} */
    public Path genesisFile() {
        return root.resolve("genesis.json");
    }

    /**
     * {@return the genesis}
     *
     * @throws GenesisException if the file is not there, or is no genesis
     */
    public Genesis genesis() throws GenesisException {
        return GenesisFile.read(genesisFile());
    }

    /** {@return the jar with the state machine, in a cluster whose genesis names one of a jar} */
    public Path stateMachineJar() {
        return root.resolve("state-machine.jar");
    }

    /** {@return the key of a client that the genesis lists} */
    public Path clientKey() {
        return root.resolve("client.key");
    }

    /**
     * {@return the key of one of several clients that the genesis lists}
     *
     * @param client which one, from 0: the first is {@link #clientKey()}
     */
    public Path clientKey(int client) {
        return client == 0 ? clientKey() : root.resolve("client-" + client + ".key");
    }

    /** {@return the key of an admin that the genesis lists} */
    public Path adminKey() {
        return root.resolve("admin.key");
    }

    /**
     * {@return the directory with the configuration and keys of a replica}
     *
     * @param replica the replica's number
     */
    public Path configuration(int replica) {
        return root.resolve("conf").resolve(name(replica));
    }

    /**
     * {@return the configuration file of a replica}
     *
     * @param replica the replica's number
     */
    public Path configurationFile(int replica) {
        return configuration(replica).resolve("sherd.yaml");
    }

    /**
     * {@return the data directory of a replica}
     *
     * @param replica the replica's number
     */
    public Path data(int replica) {
        return root.resolve(name(replica));
    }

    /**
     * {@return the file that a replica's process writes its output to}
     *
     * @param replica the replica's number
     */
    public Path log(int replica) {
        return root.resolve("log").resolve(name(replica) + ".log");
    }

    /**
     * {@return the file that says which process a replica is}
     *
     * @param replica the replica's number
     */
    public Path process(int replica) {
        return root.resolve("run").resolve(name(replica) + ".json");
    }

    /**
     * {@return how a replica is called: r and its number}
     *
     * @param replica the replica's number
     */
    public static String name(int replica) {
        return "r" + replica;
    }
}
