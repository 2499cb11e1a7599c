package io.sherd.archive.crypto;

import io.sherd.merkle.Digest;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts a certificate exactly when its public key has an expected pin and it is valid now. TLS itself proves that the
 * other side has the private key. Issuer, names and extensions are not looked at, and neither is the host name: the pin says
 * more than all of them.
 */
final class PinTrustManager extends X509ExtendedTrustManager {

    private final Predicate<Digest> expected;

    /** A trust manager that asks {@code expected} anew at every handshake. */
    PinTrustManager(Predicate<Digest> expected) {
        this.expected = expected;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        if (chain.length == 0) {
            throw new CertificateException("the other side shows no certificate");
        }
        Digest pin = TlsIdentity.pinOf(chain[0]);
        if (!expected.test(pin)) {
            throw new CertificateException("the other side has pin " + pin.shortHex()
                    + ", which is not expected here: it is another replica's, or another cluster's");
        }
        chain[0].checkValidity();
    }
}
