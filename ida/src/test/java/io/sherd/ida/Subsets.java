package io.sherd.ida;

import java.util.ArrayList;
import java.util.List;

/** All subsets of a size. */
final class Subsets {

    private Subsets() {}

    /** Every set of {@code size} of the numbers below {@code bound}, ascending inside a set. */
    static List<int[]> of(int size, int bound) {
        List<int[]> subsets = new ArrayList<>();
        for (int bits = 0; bits < 1 << bound; bits++) {
            if (Integer.bitCount(bits) == size) {
                int[] subset = new int[size];
                int next = 0;
                for (int i = 0; i < bound; i++) {
                    if ((bits >> i & 1) == 1) {
                        subset[next++] = i;
                    }
                }
                subsets.add(subset);
            }
        }
        return subsets;
    }
}
