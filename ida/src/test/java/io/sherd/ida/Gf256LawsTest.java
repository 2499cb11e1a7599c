package io.sherd.ida;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

class Gf256LawsTest {

    @Test
    void everyProductIsThatOfLongMultiplicationModuloThePolynomial() {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                assertThat(Gf256.multiply(a, b)).as("%s * %s", a, b).isEqualTo(ReferenceDispersal.multiply(a, b));
            }
        }
    }

    @Test
    void multiplicationIsCommutativeAssociativeAndDistributive() {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                int product = Gf256.multiply(a, b);
                if (product != Gf256.multiply(b, a)) {
                    fail("%s * %s does not commute", a, b);
                }
                for (int c = 0; c < 256; c++) {
                    if (Gf256.multiply(product, c) != Gf256.multiply(a, Gf256.multiply(b, c))) {
                        fail("%s * %s * %s is not associative", a, b, c);
                    }
                    if (Gf256.multiply(a, b ^ c) != (product ^ Gf256.multiply(a, c))) {
                        fail("%s * (%s + %s) does not distribute", a, b, c);
                    }
                }
            }
        }
    }

    @Test
    void oneIsNeutralAndZeroAbsorbs() {
        for (int a = 0; a < 256; a++) {
            assertThat(Gf256.multiply(a, 1)).isEqualTo(a);
            assertThat(Gf256.multiply(a, 0)).isZero();
        }
    }

    @Test
    void everyElementButZeroHasAnInverse() {
        for (int a = 1; a < 256; a++) {
            assertThat(Gf256.multiply(a, Gf256.inverse(a))).as("%s / %s", a, a).isEqualTo(1);
        }
    }

    @Test
    void twoGeneratesAllElementsButZero() {
        int power = 1;
        for (int exponent = 0; exponent < 255; exponent++) {
            assertThat(Gf256.exp(exponent)).isEqualTo(power);
            assertThat(Gf256.log(power)).isEqualTo(exponent);
            power = ReferenceDispersal.multiply(power, 2);
        }
        assertThat(power).isEqualTo(1);
    }

    @Test
    void exponentsCountModulo255AlsoBelowZero() {
        assertThat(Gf256.exp(255)).isEqualTo(1);
        assertThat(Gf256.exp(256)).isEqualTo(2);
        assertThat(Gf256.exp(-1)).isEqualTo(Gf256.inverse(2));
        assertThat(Gf256.exp(-255 * 1000)).isEqualTo(1);
    }

    @Test
    void zeroHasNoInverse() {
        assertThatThrownBy(() -> Gf256.inverse(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0 has neither logarithm nor inverse in GF(256)");
    }

    @Test
    void aRowOfProductsHoldsTheProducts() {
        for (int b = 0; b < 256; b++) {
            assertThat(Gf256.productsOf(142)[b] & 0xFF).isEqualTo(Gf256.multiply(142, b));
        }
    }
}
