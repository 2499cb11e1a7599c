package io.sherd.ida;

/**
 * The field GF(2^8) = GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1), the polynomial 0x11D, of which 2 is a generator.
 *
 * <p>Elements are ints from 0 to 255. Addition and subtraction are both XOR and have no method here. Multiplication
 * adds logarithms to the base 2; all tables are built from the polynomial when the class is loaded.
 */
final class Gf256 {

    /** The reduction polynomial. Intel ISA-L and RAID-6 use the same one. */
    static final int POLYNOMIAL = 0x11D;

    /** The number of elements. */
    static final int SIZE = 256;

    /** The number of non-zero elements, and the order of the generator: logarithms count modulo this. */
    static final int ORDER = SIZE - 1;

    private static final int[] EXP = new int[ORDER];
    private static final int[] LOG = new int[SIZE];
    private static final byte[][] PRODUCTS = new byte[SIZE][SIZE];

    static {
        int power = 1;
        for (int exponent = 0; exponent < ORDER; exponent++) {
            EXP[exponent] = power;
            LOG[power] = exponent;
            power <<= 1;
            if (power >= SIZE) {
                power ^= POLYNOMIAL;
            }
        }
        for (int a = 1; a < SIZE; a++) {
            for (int b = 1; b < SIZE; b++) {
                PRODUCTS[a][b] = (byte) EXP[(LOG[a] + LOG[b]) % ORDER];
            }
        }
    }

    private Gf256() {}

    /** {@return the product of two elements} */
    static int multiply(int a, int b) {
        return PRODUCTS[a][b] & 0xFF;
    }

    /**
     * The multiplicative inverse.
     *
     * @throws IllegalArgumentException for 0, which has none
     */
    static int inverse(int a) {
        return exp(-log(a));
    }

    /**
     * The exponent e in 0..254 with 2^e = a.
     *
     * @throws IllegalArgumentException for 0, which is no power of 2
     */
    static int log(int a) {
        if (a == 0) {
            throw new IllegalArgumentException("0 has neither logarithm nor inverse in GF(256)");
        }
        return LOG[a];
    }

    /** {@return 2 to the given exponent, which may be any int, negative ones included} */
    static int exp(int exponent) {
        return EXP[Math.floorMod(exponent, ORDER)];
    }

    /**
     * The products of one element with all 256, indexed by the other factor.
     *
     * @return the shared table itself, not a copy: this is what hot loops read; nobody may write to it
     */
    static byte[] productsOf(int a) {
        return PRODUCTS[a];
    }
}
