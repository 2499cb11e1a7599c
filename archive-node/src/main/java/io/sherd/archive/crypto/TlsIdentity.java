package io.sherd.archive.crypto;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * What one side of a TLS connection shows: a P-256 key and a certificate that the key signed itself. P-256 because TLS
 * libraries everywhere have it; the pin is the identity, the certificate only carries the key.
 *
 * @param privateKey the private key
 * @param certificate the certificate over its public half
 */
public record TlsIdentity(PrivateKey privateKey, X509Certificate certificate) {

    /** How long a new certificate is valid. */
    public static final Duration VALIDITY = Duration.ofDays(3652);

    /** A new certificate is valid from this long ago, for clocks that are behind. */
    private static final Duration CLOCK_ALLOWANCE = Duration.ofDays(1);

    private static final String PROVIDER = "SunEC";
    private static final String KEY_TYPE = "PRIVATE KEY";
    private static final String CERTIFICATE_TYPE = "CERTIFICATE";
    private static final int SERIAL_BITS = 127;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new key with a certificate that is valid from now on, for {@link #VALIDITY}. */
    public static TlsIdentity generate(Clock clock) {
        Instant now = clock.instant();
        return generate(now.minus(CLOCK_ALLOWANCE), now.plus(VALIDITY));
    }

    /** A new key with a certificate that is valid in a stated time. */
    static TlsIdentity generate(Instant notBefore, Instant notAfter) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", PROVIDER);
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            KeyPair pair = generator.generateKeyPair();
            X500Name name = new X500Name(
                    "CN=sherd " + pinOf(pair.getPublic().getEncoded()).hex().substring(0, 16));
            X509CertificateHolder holder = new JcaX509v3CertificateBuilder(
                            name,
                            new BigInteger(SERIAL_BITS, RANDOM).setBit(0),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            name,
                            pair.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA")
                            .setProvider(PROVIDER)
                            .build(pair.getPrivate()));
            return new TlsIdentity(pair.getPrivate(), parseCertificate(holder.getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException | java.io.IOException e) {
            throw new IllegalStateException("this Java runtime cannot make a P-256 key and certificate", e);
        }
    }

    /** The pin of this identity: SHA-256 of its public key's SubjectPublicKeyInfo. */
    public Digest pin() {
        return pinOf(certificate);
    }

    /** The pin of a certificate: SHA-256 of its public key's SubjectPublicKeyInfo. */
    public static Digest pinOf(X509Certificate certificate) {
        return pinOf(certificate.getPublicKey().getEncoded());
    }

    /**
     * Writes both halves, durably, to new files: the key with mode 0600, the certificate with mode 0644.
     *
     * @throws KeyFileException if a file exists or cannot be written
     */
    public void write(Path keyFile, Path certificateFile) throws KeyFileException {
        try {
            byte[] encodedCertificate = certificate.getEncoded();
            PemFiles.createPrivate(keyFile, KEY_TYPE, privateKey.getEncoded());
            PemFiles.createPublic(certificateFile, CERTIFICATE_TYPE, encodedCertificate);
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was made or read here has no encoding", e);
        }
    }

    /**
     * Reads both halves and checks that they belong together.
     *
     * @throws KeyFileException if a file is missing, others can use the key, or they do not belong together
     */
    public static TlsIdentity read(Path keyFile, Path certificateFile) throws KeyFileException {
        byte[] key = PemFiles.readPrivate(keyFile, KEY_TYPE);
        byte[] certificate = PemFiles.read(certificateFile, CERTIFICATE_TYPE);
        TlsIdentity identity;
        try {
            PrivateKey privateKey =
                    KeyFactory.getInstance("EC", PROVIDER).generatePrivate(new PKCS8EncodedKeySpec(key));
            identity = new TlsIdentity(privateKey, parseCertificate(certificate));
        } catch (GeneralSecurityException e) {
            throw new KeyFileException(
                    KeyFileException.Kind.CONTENT,
                    "%s and %s do not hold a P-256 key and its certificate".formatted(keyFile, certificateFile),
                    "restore them from a copy",
                    e);
        }
        if (!identity.halvesMatch()) {
            throw PemFiles.content(certificateFile, "is not the certificate of " + keyFile);
        }
        return identity;
    }

    /** Names the pin only. */
    @Override
    public String toString() {
        return "TLS identity " + pin().shortHex();
    }

    private boolean halvesMatch() {
        byte[] probe = pin().toByteArray();
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA", PROVIDER);
            signature.initSign(privateKey);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            // A key of another kind than the certificate's, or a point that is not on the curve: they do not match.
            return false;
        }
    }

    private static Digest pinOf(byte[] subjectPublicKeyInfo) {
        return Sha256.of(subjectPublicKeyInfo);
    }

    private static X509Certificate parseCertificate(byte[] encoded) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509", "SUN").generateCertificate(new ByteArrayInputStream(encoded));
    }
}
