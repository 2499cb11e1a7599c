package io.sherd.ida;

import java.util.SplittableRandom;

/** Random numbers for tests that can be repeated: prints the seed, and takes it back from {@code -Dsherd.seed}. */
final class Seeded {

    private Seeded() {}

    static SplittableRandom random(Class<?> test) {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("repeat with -Dtest=" + test.getSimpleName() + " -Dsherd.seed=" + seed);
        return new SplittableRandom(seed);
    }

    static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Some distinct ints below a bound, in random order. */
    static int[] distinct(SplittableRandom random, int count, int bound) {
        int[] deck = new int[bound];
        for (int i = 0; i < bound; i++) {
            deck[i] = i;
        }
        int[] drawn = new int[count];
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, bound);
            drawn[i] = deck[other];
            deck[other] = deck[i];
        }
        return drawn;
    }
}
