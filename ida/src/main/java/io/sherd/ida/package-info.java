/**
 * Rabin's Information Dispersal Algorithm: n pieces, any k of which rebuild the source, each 1/k of its size.
 *
 * <p>After M. O. Rabin, <em>Efficient Dispersal of Information for Security, Load Balancing, and Fault Tolerance</em>,
 * JACM 36(2), 1989. {@link io.sherd.ida.InformationDispersal} encodes and decodes; the rest of the package serves it. It
 * depends on nothing else in Sherd and can be used alone.
 *
 * <h2>Words</h2>
 *
 * A <em>source</em> of {@code length} bytes, at least one, is cut into k <em>stripes</em>. A <em>piece</em> is what is
 * stored: the <em>data pieces</em> 0 to k − 1 are the stripes themselves (the code is systematic), the <em>coded
 * pieces</em> k to n − 1 are combinations of all stripes. 1 ≤ k ≤ n ≤ 256.
 *
 * <h2>Bytes</h2>
 *
 * <pre>
 *   piece size        L = ceil(length / k)
 *   data piece j      source[j·L .. (j+1)·L), filled up with zeros behind the source's last byte
 *   coded piece i     piece[i][p] = sum over j &lt; k of  1 / (i XOR j) · stripe[j][p],   0 ≤ p &lt; L
 *
 *   length 9, n 4, k 3:   01 02 03 | 04 05 06 | 07 08 09   and   f1 71 0b
 * </pre>
 *
 * Rabin deals the bytes out in turn; contiguous stripes are an equivalent code whose data pieces can be read without
 * decoding. A source and (n, k) give exactly one set of pieces, and decoding refuses what no source encodes to: another
 * piece size than L, or padding that is not zero. The length is not stored in the pieces; whoever stores them keeps it.
 *
 * <h2>Arithmetic</h2>
 *
 * Sums and products are those of GF(2^8) with the polynomial 0x11D (x^8 + x^4 + x^3 + x^2 + 1), one byte per element. The
 * generator matrix is the identity above the Cauchy matrix {@code C[r][j] = 1 / ((k + r) XOR j)}: any k of its n rows are
 * independent, so any k pieces decode, and the rows of the decoder have a closed form. These are the pieces of Intel
 * ISA-L with {@code gf_gen_cauchy1_matrix} over the same stripes. Rabin also offers random rows, which are independent
 * only with high probability; they are not used.
 *
 * <h2>What it is not</h2>
 *
 * <strong>Dispersal is not secrecy.</strong> Data pieces are plain text, and coded pieces are linear equations about it;
 * equal sources have equal pieces. Encrypt before dispersing what must stay secret. Nor is it integrity: k pieces of which
 * some are false decode to something false, so each piece is checked against a commitment before it is used.
 *
 * <h2>Speed</h2>
 *
 * The one hot loop is the port {@link io.sherd.ida.CodingKernel}. {@link io.sherd.ida.CodingKernels} chooses its
 * implementation by trial; all of them give the same bytes.
 */
@NullMarked
package io.sherd.ida;

import org.jspecify.annotations.NullMarked;
