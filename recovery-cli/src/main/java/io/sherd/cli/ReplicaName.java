package io.sherd.cli;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.replication.genesis.Genesis;
import java.util.regex.Pattern;

/** How users name a replica: r and its number. */
final class ReplicaName {
    private static final Pattern FORM = Pattern.compile("r[0-9]{1,3}");

    private ReplicaName() {}

    /**
     * {@return the number of the replica that a user named}
     *
     * @param name what was given
     * @param genesis the cluster
     * @throws CommandFailure if the cluster has no such replica
     */
    static int number(String name, Genesis genesis) throws CommandFailure {
        int number = FORM.matcher(name).matches() ? Integer.parseInt(name.substring(1)) : -1;
        if (!genesis.quorums().isReplica(number)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "replica.unknown",
                    "the genesis has no replica \"%s\"".formatted(name),
                    "replicas are r0 to r" + (genesis.quorums().replicaCount() - 1));
        }
        return number;
    }
}
