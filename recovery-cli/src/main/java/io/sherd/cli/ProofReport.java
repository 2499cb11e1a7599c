package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.proof.KeyProof;
import io.sherd.archive.proof.ProofFile;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.RequestJson;
import io.sherd.cli.output.StoredValueJson;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.proof.CertifiedStatement;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a proof proves: it was verified before there is a report.
 *
 * @param kind transaction or key
 * @param file where the proof is
 * @param tx the digest of the transaction's bytes; null for a key
 * @param sequence the position of the transaction's entry, or of the state
 * @param segment the transaction's segment; null for a key
 * @param content the transaction; or the key, and what it holds
 * @param holds whether the key holds something; null for a transaction
 * @param certificate the position of the certificate
 * @param segments how many segments it is about
 * @param root the history root, or the state root, that was signed
 * @param epoch the epoch whose keys signed
 * @param signers who signed
 * @param signaturesNeeded how many must
 */
record ProofReport(
        String kind,
        String file,
        @Nullable String tx,
        long sequence,
        @Nullable Long segment,
        Map<String, @Nullable Object> content,
        @Nullable Boolean holds,
        long certificate,
        long segments,
        String root,
        long epoch,
        List<String> signers,
        int signaturesNeeded)
        implements Report {

    /**
     * Verifies a proof and tells what it proves.
     *
     * @param genesis the one trust root
     * @param proof the proof
     * @param file where it is
     * @throws InvalidProofException naming the step that does not hold
     */
    static ProofReport of(Genesis genesis, ProofFile proof, Path file) throws InvalidProofException {
        return switch (proof) {
            case ProofFile.OfTransaction(TransactionProof transaction) -> of(genesis, transaction, file);
            case ProofFile.OfKey(KeyProof key) -> of(genesis, key, file);
        };
    }

    private static ProofReport of(Genesis genesis, TransactionProof proof, Path file) throws InvalidProofException {
        proof.verify(genesis, new Ed25519Verifier());
        CheckpointStatement statement = proof.certified().statement();
        return new ProofReport(
                "transaction",
                file.toString(),
                proof.request().digest().hex(),
                proof.sequence(),
                proof.commitment().context().segmentNumber(),
                RequestJson.fields(genesis, proof.request()),
                null,
                statement.sequence(),
                statement.segmentCount(),
                statement.historyRoot().hex(),
                statement.epoch(),
                signers(proof.certified()),
                genesis.quorums().quorum());
    }

    private static ProofReport of(Genesis genesis, KeyProof proof, Path file) throws InvalidProofException {
        Optional<Bytes> stored = proof.verify(genesis, new Ed25519Verifier());
        CheckpointStatement statement = proof.certified().statement();
        Map<String, @Nullable Object> content = new LinkedHashMap<>();
        RequestJson.text(content, "key", proof.key());
        stored.ifPresent(bytes -> content.putAll(StoredValueJson.fields(genesis, bytes)));
        return new ProofReport(
                "key",
                file.toString(),
                null,
                statement.stateSequence(),
                null,
                content,
                stored.isPresent(),
                statement.sequence(),
                statement.segmentCount(),
                statement.stateRoot().hex(),
                statement.epoch(),
                signers(proof.certified()),
                genesis.quorums().quorum());
    }

    private static List<String> signers(CertifiedStatement certified) {
        return certified.certificate().signatures().keySet().stream()
                .map(ClusterLayout::name)
                .toList();
    }

    @Override
    public String schema() {
        return "sherd.proof/1";
    }

    @Override
    public List<String> text() {
        String what = segment != null
                ? "tx %s is in entry %d, in segment %d of %d".formatted(tx, sequence, segment, segments)
                : "the key holds %s in the state of seq %d"
                        .formatted(Boolean.TRUE.equals(holds) ? "this" : "nothing", sequence);
        return List.of(
                "valid: %s, root %s, signed by %s (need %d)"
                        .formatted(what, root.substring(0, 16), String.join(" ", signers), signaturesNeeded),
                "  " + Json.of(content));
    }
}
