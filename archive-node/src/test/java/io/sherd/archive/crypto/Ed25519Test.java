package io.sherd.archive.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.crypto.ReferenceEd25519.Point;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8032's vectors, and the edge cases that it leaves open: each has one verdict here. */
final class Ed25519Test {

    private static final byte[] MESSAGE = "move 5 from a to b".getBytes(StandardCharsets.US_ASCII);
    private static final BigInteger SECRET = BigInteger.TWO.pow(251).add(BigInteger.valueOf(987_654_321));
    private static final BigInteger NONCE = BigInteger.TWO.pow(240).add(BigInteger.valueOf(123_456_789));
    private static final Point PUBLIC = ReferenceEd25519.BASE.times(SECRET);

    private final Ed25519Verifier verifier = new Ed25519Verifier();
    private final Ed25519Verifier bouncyCastle = new Ed25519Verifier(Optional.empty());

    @ParameterizedTest
    @CsvSource({
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60, "
                + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a, '', "
                + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb, "
                + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c, 72, "
                + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7, "
                + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025, af82, "
                + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    })
    void signsAndVerifiesTheVectorsOfRfc8032(String seed, String key, String message, String signature) {
        Ed25519Signer signer = Ed25519Signer.fromSeed(HexFormat.of().parseHex(seed));
        byte[] bytes = HexFormat.of().parseHex(message);

        assertThat(signer.key().hex()).isEqualTo(key);
        assertThat(signer.sign(bytes).bytes().hex()).isEqualTo(signature);
        assertThat(verifier.verify(signer.key(), bytes, signer.sign(bytes))).isTrue();
    }

    @Test
    void theNativeLibraryIsThereOnLinuxWithAProcessorThatItIsBuiltFor() {
        boolean isLinux = System.getProperty("os.name").equals("Linux");
        boolean isBuiltFor = Set.of("amd64", "aarch64").contains(System.getProperty("os.arch"));

        assertThat(NativeEd25519.present().isPresent()).isEqualTo(isLinux && isBuiltFor);
    }

    @Test
    void bothImplementationsMakeTheSameSignatures() {
        for (int size = 0; size < 300; size++) {
            Ed25519Signer signer = Ed25519Signer.generate();
            byte[] message = new byte[size];
            byte[] publicKey = signer.key().raw().toByteArray();

            assertThat(signer.sign(message).bytes().toByteArray())
                    .isEqualTo(Ed25519Signer.sign(signer.seed(), publicKey, message));
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                NativeEd25519.LARGEST_MESSAGE_BYTES,
                NativeEd25519.LARGEST_MESSAGE_BYTES + 1,
                (1 << 20) - 1,
                1 << 20,
                (1 << 20) + 1,
                5 << 20
            })
    void messagesOfAnySizeAreSignedAndVerified(int size) {
        Ed25519Signer signer = Ed25519Signer.generate();
        byte[] message = new byte[size];
        byte[] publicKey = signer.key().raw().toByteArray();

        Signature signature = signer.sign(message);

        assertThat(signature.bytes().toByteArray()).isEqualTo(Ed25519Signer.sign(signer.seed(), publicKey, message));
        assertThat(verifier.verify(signer.key(), message, signature)).isTrue();
        message[size - 1] ^= 1;
        assertThat(verifier.verify(signer.key(), message, signature)).isFalse();
    }

    @Test
    void everyFlippedBitIsRefused() {
        Ed25519Signer signer = Ed25519Signer.generate();
        byte[] signature = signer.sign(MESSAGE).bytes().toByteArray();
        for (int bit = 0; bit < 8 * signature.length; bit++) {
            byte[] flipped = signature.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verifies(signer.key(), MESSAGE, flipped))
                    .as("bit " + bit)
                    .isFalse();
        }
        for (int bit = 0; bit < 8 * MESSAGE.length; bit++) {
            byte[] flipped = MESSAGE.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verifies(signer.key(), flipped, signature))
                    .as("message bit " + bit)
                    .isFalse();
        }
    }

    @Test
    void anotherKeysSignatureIsRefused() {
        Signature signature = Ed25519Signer.generate().sign(MESSAGE);

        assertThat(verifier.verify(Ed25519Signer.generate().key(), MESSAGE, signature))
                .isFalse();
    }

    @Test
    void theReferenceMakesSignaturesThatVerify() {
        assertThat(verifies(key(PUBLIC), MESSAGE, reference(ReferenceEd25519.NEUTRAL)))
                .isTrue();
    }

    @Test
    void anSNotBelowTheGroupOrderIsRefused() {
        byte[] signature = reference(ReferenceEd25519.NEUTRAL);
        byte[] r = java.util.Arrays.copyOf(signature, 32);
        BigInteger s = ReferenceEd25519.fromLittleEndian(java.util.Arrays.copyOfRange(signature, 32, 64));

        for (BigInteger other = s.add(ReferenceEd25519.L);
                other.bitLength() <= 256;
                other = other.add(ReferenceEd25519.L)) {
            byte[] same = ReferenceEd25519.join(r, ReferenceEd25519.littleEndian(other));
            assertThat(verifies(key(PUBLIC), MESSAGE, same)).isFalse();
        }
    }

    @Test
    void keysOfSmallOrderAreRefusedWithWhateverSignature() {
        Point torsion = ReferenceEd25519.torsionGenerator();
        Point small = ReferenceEd25519.NEUTRAL;
        for (int multiple = 0; multiple < 8; multiple++) {
            VerifyingKey key = key(small);
            assertThat(Ed25519Verifier.isUsable(key)).isFalse();
            Point r = ReferenceEd25519.NEUTRAL;
            for (int other = 0; other < 8; other++) {
                byte[] signature = ReferenceEd25519.join(r.encoded(), new byte[32]);
                assertThat(verifies(key, MESSAGE, signature)).isFalse();
                r = r.plus(torsion);
            }
            small = small.plus(torsion);
        }
        assertThat(small).isEqualTo(ReferenceEd25519.NEUTRAL);
    }

    @Test
    void keysWithAComponentOfSmallOrderAreRefused() {
        Point torsion = ReferenceEd25519.torsionGenerator();
        Point mixed = PUBLIC;
        for (int multiple = 1; multiple < 8; multiple++) {
            mixed = mixed.plus(torsion);
            byte[] encoded = mixed.encoded();
            byte[] signature = ReferenceEd25519.sign(SECRET, encoded, NONCE, ReferenceEd25519.NEUTRAL, MESSAGE);
            assertThat(verifies(key(mixed), MESSAGE, signature)).isFalse();
        }
    }

    @Test
    void keysThatAreNotCanonicalAreRefused() {
        for (int y = 0; y < 19; y++) {
            for (int sign = 0; sign < 2; sign++) {
                BigInteger overlong = ReferenceEd25519.P.add(BigInteger.valueOf(y));
                byte[] encoded = ReferenceEd25519.littleEndian(sign == 1 ? overlong.setBit(255) : overlong);
                assertThat(Ed25519Verifier.isUsable(new VerifyingKey(Digest.of(encoded))))
                        .isFalse();
            }
        }
        byte[] negativeZero = ReferenceEd25519.littleEndian(BigInteger.ONE.setBit(255));
        assertThat(Ed25519Verifier.isUsable(new VerifyingKey(Digest.of(negativeZero))))
                .isFalse();
    }

    @Test
    void keysThatAreNotPointsAreRefused() {
        int notPoints = 0;
        for (int y = 2; y < 40; y++) {
            if (ReferenceEd25519.point(BigInteger.valueOf(y), false) == null) {
                byte[] encoded = ReferenceEd25519.littleEndian(BigInteger.valueOf(y));
                assertThat(verifies(new VerifyingKey(Digest.of(encoded)), MESSAGE, new byte[64]))
                        .isFalse();
                notPoints++;
            }
        }
        assertThat(notPoints).isGreaterThan(5);
    }

    @Test
    void anRWithAComponentOfSmallOrderIsAcceptedForEveryMessage() {
        Point torsion = ReferenceEd25519.torsionGenerator();
        Point added = ReferenceEd25519.NEUTRAL;
        for (int multiple = 1; multiple < 8; multiple++) {
            added = added.plus(torsion);
            for (int i = 0; i < 16; i++) {
                byte[] message = {(byte) i};
                byte[] signature = ReferenceEd25519.sign(SECRET, PUBLIC.encoded(), NONCE, added, message);
                assertThat(verifies(key(PUBLIC), message, signature)).isTrue();
            }
        }
    }

    @Test
    void anRThatIsNotCanonicalIsRefused() {
        byte[] overlongNeutral = ReferenceEd25519.littleEndian(ReferenceEd25519.P.add(BigInteger.ONE));
        byte[] negativeZero = ReferenceEd25519.littleEndian(BigInteger.ONE.setBit(255));
        for (byte[] r : List.of(overlongNeutral, negativeZero)) {
            BigInteger s = ReferenceEd25519.challenge(r, PUBLIC.encoded(), MESSAGE)
                    .multiply(SECRET)
                    .mod(ReferenceEd25519.L);
            byte[] signature = ReferenceEd25519.join(r, ReferenceEd25519.littleEndian(s));
            assertThat(verifies(key(PUBLIC), MESSAGE, signature)).isFalse();
        }
    }

    @Test
    void keptKeysStayBounded() {
        Signature signature = new Signature(Bytes.wrap(new byte[64]));
        Point point = ReferenceEd25519.BASE;
        for (int i = 0; i < 50; i++) {
            verifier.verify(key(point), MESSAGE, signature);
            point = point.plus(ReferenceEd25519.BASE);
        }
        assertThat(verifier.keptKeys()).isEqualTo(50).isLessThan(Ed25519Verifier.KEPT_KEYS);
    }

    @Test
    void aSeedOfAnotherSizeIsTheCallersMistake() {
        assertThatThrownBy(() -> Ed25519Signer.fromSeed(new byte[31])).isInstanceOf(IllegalArgumentException.class);
    }

    private boolean verifies(VerifyingKey key, byte[] message, byte[] signature) {
        boolean first = verifier.verify(key, message, new Signature(Bytes.copyOf(signature)));
        boolean withKeptKey = verifier.verify(key, message, new Signature(Bytes.copyOf(signature)));
        assertThat(withKeptKey).isEqualTo(first);
        assertThat(bouncyCastle.verify(key, message, new Signature(Bytes.copyOf(signature))))
                .as("the verdict of Bouncy Castle alone")
                .isEqualTo(first);
        return first;
    }

    private static byte[] reference(Point addedToR) {
        return ReferenceEd25519.sign(SECRET, PUBLIC.encoded(), NONCE, addedToR, MESSAGE);
    }

    private static VerifyingKey key(Point point) {
        return new VerifyingKey(Digest.of(point.encoded()));
    }
}
