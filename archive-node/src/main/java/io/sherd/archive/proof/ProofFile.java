package io.sherd.archive.proof;

import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;

/** A proof as it is kept in a file, of whichever kind its first bytes say. */
public sealed interface ProofFile {

    /** The largest file that is read: a request, the epochs and the paths of any cluster take less. */
    int MAX_BYTES = 256 << 20;

    /**
     * That a request is in the ledger.
     *
     * @param proof the proof
     */
    record OfTransaction(TransactionProof proof) implements ProofFile {}

    /**
     * What a key holds.
     *
     * @param proof the proof
     */
    record OfKey(KeyProof proof) implements ProofFile {}

    /**
     * Reads a proof; whether it holds is not checked here.
     *
     * @param bytes the whole file
     * @return the proof
     * @throws InvalidProofException if it is none, or is damaged
     * @throws UnsupportedFormatException if it is of a version that this program does not read
     */
    static ProofFile read(byte[] bytes) throws InvalidProofException, UnsupportedFormatException {
        try {
            if (StoredRecord.begins(bytes, StoredRecord.Kind.TRANSACTION_PROOF)) {
                requireVersion(bytes, TransactionProof.FORMAT_VERSION);
                return new OfTransaction(TransactionProof.decode(bytes));
            }
            if (StoredRecord.begins(bytes, StoredRecord.Kind.KEY_PROOF)) {
                requireVersion(bytes, KeyProof.FORMAT_VERSION);
                return new OfKey(KeyProof.decode(bytes));
            }
            throw new InvalidProofException(ProofStep.FILE, "it does not begin as a proof does");
        } catch (WireFormatException e) {
            throw new InvalidProofException(ProofStep.FILE, e);
        }
    }

    private static void requireVersion(byte[] bytes, int version)
            throws WireFormatException, UnsupportedFormatException {
        int found = StoredRecord.version(bytes);
        if (found != version) {
            throw new UnsupportedFormatException(
                    "a proof of format version %d, this program reads version %d".formatted(found, version));
        }
    }
}
