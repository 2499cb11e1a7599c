package io.sherd.archive.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.KeyFileException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyFileTest {

    /** The key of RFC 8032's first vector as OpenSSL writes it. */
    private static final String OPENSSL_PEM = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """;

    @TempDir
    private Path directory;

    @Test
    void aGeneratedKeyIsReadAgainAndOnlyItsOwnerCanReadIt() throws Exception {
        Path file = directory.resolve("r1.key");

        Ed25519Signer signer = KeyFile.generate(file);

        assertThat(KeyFile.read(file).key()).isEqualTo(signer.key());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void theFormatIsOpenSsls() throws Exception {
        Path file = write(OPENSSL_PEM);

        Ed25519Signer signer = KeyFile.read(file);
        Path again = directory.resolve("again.key");
        KeyFile.write(again, signer);

        assertThat(signer.key().hex()).isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assertThat(again).hasContent(OPENSSL_PEM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwxrwxrwx"})
    void aKeyThatOthersCanUseIsRefused(String mode) throws Exception {
        Path file = write(OPENSSL_PEM);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

        KeyFileException refused = refusal(file);

        assertThat(refused.kind()).isEqualTo(Kind.MODE);
        assertThat(refused).hasMessageContaining(mode);
        assertThat(refused.hint()).isEqualTo("chmod 600 " + file);
    }

    @Test
    void aKeyThatItsOwnerCanOnlyReadIsAccepted() throws Exception {
        Path file = write(OPENSSL_PEM);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));

        assertThat(KeyFile.read(file).key().hex()).startsWith("d75a98");
    }

    @Test
    void aMissingKeyIsNamed() {
        assertThat(refusal(directory.resolve("none.key")))
                .hasMessageContaining("none.key is not there")
                .extracting(KeyFileException::kind)
                .isEqualTo(Kind.UNREADABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\n*!*!\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
            })
    void whatIsNotAKeyIsRefused(String content) throws Exception {
        assertThat(refusal(write(content)).kind()).isEqualTo(Kind.CONTENT);
    }

    @Test
    void twoKeysInOneFileAreRefused() throws Exception {
        assertThat(refusal(write(OPENSSL_PEM + OPENSSL_PEM))).hasMessageContaining("more than one");
    }

    @Test
    void aTlsKeyIsNoSigningKey() throws Exception {
        Path key = directory.resolve("tls.key");
        TlsIdentity.generate(java.time.Clock.systemUTC()).write(key, directory.resolve("tls.crt"));

        assertThat(refusal(key)).hasMessageContaining("not an Ed25519 key");
    }

    @Test
    void aHugeFileIsNotReadWhole() throws Exception {
        assertThat(refusal(write("x".repeat(70_000)))).hasMessageContaining("larger than any key");
    }

    @Test
    void anExistingFileIsNotOverwritten() throws Exception {
        Path file = write(OPENSSL_PEM);

        KeyFileException refused = catchThrowableOfType(KeyFileException.class, () -> KeyFile.generate(file));

        assertThat(refused.kind()).isEqualTo(Kind.EXISTS);
        assertThat(file).hasContent(OPENSSL_PEM);
    }

    @Test
    void noMessageShowsWhatIsInTheFile() throws Exception {
        Path file = write(OPENSSL_PEM.replace("MC4C", "MC4D"));

        assertThat(refusal(file).toString()).doesNotContain("MC4D").doesNotContain("VpezJpGXA7");
        assertThat(KeyFile.read(write(OPENSSL_PEM)).toString()).doesNotContain("9d61b19d");
    }

    private Path write(String content) throws IOException {
        Path file = Files.createTempFile(directory, "test", ".key");
        return Files.writeString(file, content);
    }

    private static KeyFileException refusal(Path file) {
        return catchThrowableOfType(KeyFileException.class, () -> KeyFile.read(file));
    }
}
