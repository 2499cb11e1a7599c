package io.sherd.cli.inspect;

import io.sherd.archive.state.InvalidStateException;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.state.StateProof;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.StoredValueJson;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The value of one key in the newest state that a certificate binds, or in the newest one if none does.
 *
 * @param kind state
 * @param key the key
 * @param value what is under it: value or valueBase64, or count and hash of an account
 * @param sequence the position after which it is so
 * @param root the root of that state, to which the value was proved
 * @param certifiedBy the position of a proved certificate that binds the root; null if there is none here
 * @param ok whether a certificate does
 * @param verdict why
 * @param exitCode what the command ends with
 */
public record StateKeyReport(
        String kind,
        String key,
        Map<String, @Nullable Object> value,
        long sequence,
        String root,
        @Nullable Long certifiedBy,
        boolean ok,
        String verdict,
        int exitCode)
        implements Inspected {

    /** A state checkpoint, and the position of a certificate that binds it. */
    private record Bound(StateCheckpoint checkpoint, Optional<Long> by) {}

    /**
     * Looks a key up.
     *
     * @param genesis the cluster
     * @param view the directory
     * @param key the key, as text
     * @throws CommandFailure if nothing is under it
     */
    public static StateKeyReport of(Genesis genesis, DirectoryView view, String key)
            throws StoreException, CommandFailure {
        try (RocksStateStore state = view.state();
                RocksPieceStore archive = view.archive()) {
            Bound bound = newest(state, StateReport.proved(genesis, view, archive));
            StateCheckpoint checkpoint = bound.checkpoint();
            Optional<Bytes> stored = prove(state, checkpoint, Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)));
            if (stored.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "key.absent",
                        "nothing is under the key \"" + key + "\"",
                        List.of("proved to the root %s of the state of seq %d"
                                .formatted(checkpoint.root().shortHex(), checkpoint.sequence())),
                        "check the key");
            }
            Verdict verdict = bound.by()
                    .map(by -> Verdict.proved("proved to the state root that the certificate of seq %d binds", by))
                    .orElseGet(() -> Verdict.unproved("no certificate here binds this state root yet"));
            return new StateKeyReport(
                    "state",
                    key,
                    StoredValueJson.fields(genesis, stored.get()),
                    checkpoint.sequence(),
                    checkpoint.root().hex(),
                    bound.by().orElse(null),
                    verdict.isProved(),
                    verdict.text(),
                    verdict.exit().code());
        }
    }

    private static Bound newest(RocksStateStore state, List<CheckpointCertificate> proved) {
        for (StateCheckpoint checkpoint : state.checkpoints().reversed()) {
            Optional<Long> by = StateReport.certifiedBy(proved, checkpoint);
            if (by.isPresent()) {
                return new Bound(checkpoint, by);
            }
        }
        return new Bound(state.latest(), Optional.empty());
    }

    private static Optional<Bytes> prove(RocksStateStore state, StateCheckpoint checkpoint, Bytes key)
            throws StoreException {
        StateProof proof = state.prove(checkpoint.sequence(), checkpoint.root(), StateLeaf.APPLICATION, key)
                .orElseThrow(() -> new StoreCorruptException(
                        "state: the checkpoint of seq %d cannot be read".formatted(checkpoint.sequence())));
        try {
            return proof.verify(checkpoint.root());
        } catch (InvalidStateException e) {
            throw new StoreCorruptException("state: " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> text() {
        return new Facts()
                .add("key", key)
                .add("holds", Json.of(value))
                .add("state", "of seq %d, root %s".formatted(sequence, root))
                .lines(exitCode, verdict);
    }
}
