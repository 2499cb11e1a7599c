package io.sherd.replication.testing;

import java.util.Random;

/** Seeds of random tests: printed with the line that repeats them, and taken from {@code -Dsherd.seed}. */
public final class Seeds {

    private Seeds() {}

    /** The seed to start from: a fixed one, so that a run is repeatable, unless {@code -Dsherd.seed} gives another. */
    public static long seed(Class<?> test) {
        long seed = Long.getLong("sherd.seed", 20_260_101L);
        System.out.printf(
                "%s: repeat with -Dtest=%s -Dsherd.seed=%d%n", test.getSimpleName(), test.getSimpleName(), seed);
        return seed;
    }

    public static Random random(Class<?> test) {
        return new Random(seed(test));
    }
}
