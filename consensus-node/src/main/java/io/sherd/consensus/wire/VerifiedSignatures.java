package io.sherd.consensus.wire;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which signatures verified, so that a replica checks each one once: a request is met at the edge, in a forwarded
 * message and in a proposal, a COMMIT in a message and in a commit proof. Looking up costs one SHA-256 of the message, a
 * fiftieth of checking.
 *
 * <p>Remembered is {@code H(key | signature | message)}, all of it, since a verdict for one message must not serve for
 * another. Only good signatures are remembered: a liar has no end of bad ones. There are two generations of at most
 * {@code capacity} each, about 100 bytes an entry; when the young one is full it becomes the old one, and the old one is
 * forgotten. So between {@code capacity} and twice as many of the latest are known. Thread-safe.
 */
public final class VerifiedSignatures implements SignatureVerifier {

    /** A generation's size unless told otherwise: several seconds of the highest rate that one machine verifies. */
    public static final int DEFAULT_CAPACITY = 32_768;

    private final SignatureVerifier verifier;
    private final int capacity;
    private volatile Generations generations = new Generations(ConcurrentHashMap.newKeySet());

    /**
     * Remembers nothing yet.
     *
     * @param verifier decides about what is not remembered
     * @param capacity entries of a generation, 1 or more
     */
    public VerifiedSignatures(SignatureVerifier verifier, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a generation of " + capacity + " signatures");
        }
        this.verifier = verifier;
        this.capacity = capacity;
    }

    @Override
    public boolean verify(VerifyingKey key, byte[] message, Signature signature) {
        Digest name = Sha256.of(key.raw().toByteArray(), signature.bytes().readOnlyArray(), message);
        Generations known = generations;
        if (known.young.contains(name) || known.old.contains(name)) {
            return true;
        }
        if (!verifier.verify(key, message, signature)) {
            return false;
        }
        remember(name);
        return true;
    }

    /** How many signatures are remembered now. */
    int size() {
        Generations known = generations;
        return known.young.size() + known.old.size();
    }

    private void remember(Digest name) {
        Generations known = generations;
        // Two threads may both see room for one more: the bound is kept up to one entry a thread.
        if (known.young.size() >= capacity) {
            known = nextGeneration(known);
        }
        known.young.add(name);
    }

    private synchronized Generations nextGeneration(Generations full) {
        if (generations == full) {
            generations = new Generations(full.young);
        }
        return generations;
    }

    private static final class Generations {

        private final Set<Digest> young = ConcurrentHashMap.newKeySet();
        private final Set<Digest> old;

        Generations(Set<Digest> old) {
            this.old = old;
        }
    }
}
