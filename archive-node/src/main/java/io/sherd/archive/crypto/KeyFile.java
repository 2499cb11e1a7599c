package io.sherd.archive.crypto;

import java.io.IOException;
import java.nio.file.Path;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Ed25519 private keys on disk: one PKCS#8 PrivateKeyInfo (RFC 8410) in PEM, as OpenSSL writes it. The file must not be
 * readable or writable by anybody but its owner, or it is refused: whoever has a replica's key can vote for it.
 */
public final class KeyFile {

    private static final String PEM_TYPE = "PRIVATE KEY";

    private KeyFile() {}

    /**
     * Reads a key.
     *
     * @throws KeyFileException if the file is missing, others can use it, or it is not an Ed25519 key
     */
    public static Ed25519Signer read(Path file) throws KeyFileException {
        byte[] content = PemFiles.readPrivate(file, PEM_TYPE);
        try {
            PrivateKeyInfo info = PrivateKeyInfo.getInstance(content);
            if (!info.getPrivateKeyAlgorithm().getAlgorithm().equals(EdECObjectIdentifiers.id_Ed25519)) {
                throw PemFiles.content(file, "holds a key that is not an Ed25519 key");
            }
            byte[] seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
            if (seed.length != Ed25519Signer.SEED_BYTES) {
                throw PemFiles.content(file, "holds an Ed25519 key of a wrong size");
            }
            return Ed25519Signer.fromSeed(seed);
        } catch (IOException | IllegalArgumentException | ClassCastException e) {
            throw new KeyFileException(
                    KeyFileException.Kind.CONTENT, file + " is not a PKCS#8 private key", "restore it from a copy", e);
        }
    }

    /**
     * Makes a key and writes it, durably, to a new file of mode 0600.
     *
     * @throws KeyFileException if the file exists or cannot be written
     */
    public static Ed25519Signer generate(Path file) throws KeyFileException {
        Ed25519Signer signer = Ed25519Signer.generate();
        write(file, signer);
        return signer;
    }

    /**
     * Writes a key, durably, to a new file of mode 0600.
     *
     * @throws KeyFileException if the file exists or cannot be written
     */
    public static void write(Path file, Ed25519Signer signer) throws KeyFileException {
        try {
            PrivateKeyInfo info = new PrivateKeyInfo(
                    new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), new DEROctetString(signer.seed()));
            PemFiles.createPrivate(file, PEM_TYPE, info.getEncoded());
        } catch (IOException e) {
            throw new AssertionError("encoding a key in memory failed", e);
        }
    }
}
