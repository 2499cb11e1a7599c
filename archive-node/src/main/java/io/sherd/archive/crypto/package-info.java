/**
 * Keys: what replicas and clients sign with, and what their connections prove.
 *
 * <ul>
 *   <li>Ed25519 signatures, always by Bouncy Castle's own implementation
 *       ({@link io.sherd.archive.crypto.Ed25519Signer}, {@link io.sherd.archive.crypto.Ed25519Verifier}): implementations
 *       differ on crafted signatures, and a signature that half of a cluster accepts splits it.
 *   <li>Key files ({@link io.sherd.archive.crypto.KeyFile}): PKCS#8 in PEM, readable by their owner alone.
 *   <li>TLS identities ({@link io.sherd.archive.crypto.TlsIdentity}): a P-256 key with a self-signed certificate. Nobody
 *       certifies anybody: the member table holds the SHA-256 of each replica's public key (SPKI), its <em>pin</em>, and a
 *       connection is refused unless the certificate shown has an expected pin. Names in certificates are not looked at: a pin
 *       names one key, a host name only whoever some authority says may use it.
 * </ul>
 *
 * <p>This is the only package that uses Bouncy Castle.
 */
@NullMarked
package io.sherd.archive.crypto;

import org.jspecify.annotations.NullMarked;
