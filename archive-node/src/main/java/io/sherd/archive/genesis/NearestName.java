package io.sherd.archive.genesis;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;

/** Guesses which known name was meant by an unknown one: "did you mean …?". */
public final class NearestName {

    /** A guess with more wrong letters than this part of the word is no help. */
    private static final int LETTERS_PER_MISTAKE = 3;

    /** Longer words are not compared: the cost is the product of the lengths. */
    private static final int MAX_LENGTH = 100;

    private NearestName() {}

    /**
     * The known name with the fewest letters to change, if they are at most a third of it; the alphabetically first of several.
     *
     * @param unknown what was written
     * @param known the names that there are
     */
    public static Optional<String> of(String unknown, Collection<String> known) {
        if (unknown.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        return new TreeSet<>(known)
                .stream()
                        .filter(name -> distance(unknown, name)
                                <= Math.max(1, Math.max(name.length(), unknown.length()) / LETTERS_PER_MISTAKE))
                        .min(Comparator.comparingInt(name -> distance(unknown, name)));
    }

    /** Levenshtein distance: letters to insert, remove or replace. Two rows of the usual table. */
    static int distance(String a, String b) {
        int[] above = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            int[] swap = above;
            above = row;
            row = swap;
        }
        return above[b.length()];
    }
}
