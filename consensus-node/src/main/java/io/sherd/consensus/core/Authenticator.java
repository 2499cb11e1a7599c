package io.sherd.consensus.core;

import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;

/**
 * Port: this replica's key, and the verdict about others'. Both are pure functions: Ed25519 signs deterministically, so a
 * core with the same events makes the same bytes.
 *
 * @param signer signs with this replica's key
 * @param verifier checks what a message carries inside: certificates, proofs, relayed requests
 */
public record Authenticator(Signer signer, SignatureVerifier verifier) {}
