package io.sherd.archive.crypto;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Ed25519 as RFC 8032 section 5.1 defines it, in affine coordinates: slow, and able to make signatures that nobody should. */
final class ReferenceEd25519 {

    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final BigInteger L = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    static final BigInteger D = BigInteger.valueOf(-121665)
            .multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);
    static final Point NEUTRAL = new Point(BigInteger.ZERO, BigInteger.ONE);
    static final Point BASE = base();

    private ReferenceEd25519() {}

    record Point(BigInteger x, BigInteger y) {

        Point plus(Point other) {
            BigInteger product = D.multiply(x).multiply(other.x).multiply(y).multiply(other.y);
            BigInteger sumX = x.multiply(other.y)
                    .add(y.multiply(other.x))
                    .multiply(BigInteger.ONE.add(product).modInverse(P));
            BigInteger sumY = y.multiply(other.y)
                    .add(x.multiply(other.x))
                    .multiply(BigInteger.ONE.subtract(product).modInverse(P));
            return new Point(sumX.mod(P), sumY.mod(P));
        }

        Point times(BigInteger scalar) {
            Point sum = NEUTRAL;
            for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
                sum = sum.plus(sum);
                if (scalar.testBit(bit)) {
                    sum = sum.plus(this);
                }
            }
            return sum;
        }

        byte[] encoded() {
            return littleEndian(x.testBit(0) ? y.setBit(255) : y);
        }
    }

    /** The point with this y and the lower bit of x, or null if there is none. */
    static @Nullable Point point(BigInteger y, boolean odd) {
        BigInteger ySquared = y.multiply(y);
        BigInteger xSquared = ySquared.subtract(BigInteger.ONE)
                .multiply(D.multiply(ySquared).add(BigInteger.ONE).modInverse(P))
                .mod(P);
        BigInteger x = xSquared.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (!x.multiply(x).mod(P).equals(xSquared)) {
            x = x.multiply(BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P))
                    .mod(P);
        }
        if (!x.multiply(x).mod(P).equals(xSquared)) {
            return null;
        }
        return new Point(x.testBit(0) == odd ? x : x.negate().mod(P), y);
    }

    /** A point whose multiples are all eight points of small order. */
    static Point torsionGenerator() {
        for (int y = 2; ; y++) {
            Point candidate = point(BigInteger.valueOf(y), false);
            if (candidate != null) {
                Point torsion = candidate.times(L);
                if (!torsion.times(BigInteger.valueOf(4)).equals(NEUTRAL)) {
                    return torsion;
                }
            }
        }
    }

    /** A signature with any nonce, any extra point on R, and any key that {@code secret} belongs to but for {@code keyBytes}. */
    static byte[] sign(BigInteger secret, byte[] keyBytes, BigInteger nonce, Point addedToR, byte[] message) {
        byte[] r = BASE.times(nonce).plus(addedToR).encoded();
        BigInteger s =
                nonce.add(challenge(r, keyBytes, message).multiply(secret)).mod(L);
        return join(r, littleEndian(s));
    }

    static BigInteger challenge(byte[] r, byte[] key, byte[] message) {
        try {
            MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
            sha512.update(r);
            sha512.update(key);
            return fromLittleEndian(sha512.digest(message)).mod(L);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] littleEndian(BigInteger value) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = value.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    static BigInteger fromLittleEndian(byte[] bytes) {
        BigInteger value = BigInteger.ZERO;
        for (int i = bytes.length - 1; i >= 0; i--) {
            value = value.shiftLeft(8).or(BigInteger.valueOf(bytes[i] & 0xff));
        }
        return value;
    }

    static byte[] join(byte[] first, byte[] second) {
        byte[] joined = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static Point base() {
        BigInteger y = BigInteger.valueOf(4)
                .multiply(BigInteger.valueOf(5).modInverse(P))
                .mod(P);
        Point base = point(y, false);
        if (base == null) {
            throw new AssertionError("the base point is on the curve");
        }
        return base;
    }
}
