package io.sherd.merkle;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * RFC 6962 §2.1 word for word: recursive, over the leaves' data, computing everything each time, with the bare
 * {@link MessageDigest}. It shares nothing with the code under test but the type {@link Digest}.
 */
final class ReferenceTree {

    private ReferenceTree() {}

    /** MTH(D[n]), "Merkle Tree Hash". */
    static Digest mth(List<byte[]> d) {
        int n = d.size();
        if (n == 0) {
            // MTH({}) = SHA-256().
            return sha256();
        }
        if (n == 1) {
            // MTH({d(0)}) = SHA-256(0x00 || d(0)).
            return sha256(new byte[] {0x00}, d.getFirst());
        }
        // MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])).
        int k = largestPowerOfTwoSmallerThan(n);
        return join(mth(d.subList(0, k)), mth(d.subList(k, n)));
    }

    /** PATH(m, D[n]), "Merkle audit path". */
    static List<Digest> path(int m, List<byte[]> d) {
        int n = d.size();
        if (n == 1) {
            // PATH(0, {d(0)}) = {}
            return List.of();
        }
        int k = largestPowerOfTwoSmallerThan(n);
        return m < k
                // PATH(m, D[n]) = PATH(m, D[0:k]) : MTH(D[k:n]) for m < k
                ? append(path(m, d.subList(0, k)), mth(d.subList(k, n)))
                // PATH(m, D[n]) = PATH(m - k, D[k:n]) : MTH(D[0:k]) for m >= k
                : append(path(m - k, d.subList(k, n)), mth(d.subList(0, k)));
    }

    /** PROOF(m, D[n]) for 0 &lt; m &lt; n, "Merkle consistency proof". */
    static List<Digest> proof(int m, List<byte[]> d) {
        // PROOF(m, D[n]) = SUBPROOF(m, D[n], true)
        return subproof(m, d, true);
    }

    private static List<Digest> subproof(int m, List<byte[]> d, boolean isOldTree) {
        int n = d.size();
        if (m == n) {
            // SUBPROOF(m, D[m], true) = {}; SUBPROOF(m, D[m], false) = {MTH(D[m])}
            return isOldTree ? List.of() : List.of(mth(d));
        }
        int k = largestPowerOfTwoSmallerThan(n);
        return m <= k
                // SUBPROOF(m, D[n], b) = SUBPROOF(m, D[0:k], b) : MTH(D[k:n]) for m <= k
                ? append(subproof(m, d.subList(0, k), isOldTree), mth(d.subList(k, n)))
                // SUBPROOF(m, D[n], b) = SUBPROOF(m - k, D[k:n], false) : MTH(D[0:k]) for m > k
                : append(subproof(m - k, d.subList(k, n), false), mth(d.subList(0, k)));
    }

    /**
     * On which side the siblings of a path stand, lowest first: "L" or "R" each. Two places in two trees with the same
     * sides cannot be told apart by a path.
     */
    static String siblingSides(long m, long n) {
        if (n == 1) {
            return "";
        }
        long k = Long.highestOneBit(n - 1);
        return m < k ? siblingSides(m, k) + "R" : siblingSides(m - k, n - k) + "L";
    }

    private static int largestPowerOfTwoSmallerThan(int n) {
        int k = 1;
        while (2 * k < n) {
            k = 2 * k;
        }
        return k;
    }

    private static List<Digest> append(List<Digest> list, Digest last) {
        List<Digest> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    private static Digest join(Digest left, Digest right) {
        return sha256(new byte[] {0x01}, left.toByteArray(), right.toByteArray());
    }

    private static Digest sha256(byte[]... parts) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                sha256.update(part);
            }
            return Digest.of(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
