package io.sherd.cli.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Made-up account transfers, one JSON document a line: the demo's input where the user gives none. The same seed gives the
 * same bytes, and a longer input starts with the shorter one. About 230 bytes a line, of which LZ4 saves about half.
 */
public final class Transfers {
    private static final Instant FIRST =
            LocalDate.of(2026, 1, 5).atStartOfDay(ZoneOffset.UTC).toInstant();
    private static final int ACCOUNTS = 5000;
    private static final String[] CURRENCIES = {"EUR", "EUR", "EUR", "EUR", "USD", "USD", "CHF", "GBP"};
    private static final String[] CHANNELS = {"card", "card", "card", "transfer", "transfer", "direct-debit", "cash"};
    private static final String[] PURPOSES = {
        "invoice", "rent", "salary", "groceries", "refund", "subscription", "travel", "energy", "insurance", "savings"
    };
    private static final String[] NAMES = {
        "Alvarez",
        "Bauer",
        "Chen",
        "Dubois",
        "Eriksen",
        "Fontana",
        "Garcia",
        "Horvat",
        "Ivanova",
        "Jansen",
        "Kowalski",
        "Lind",
        "Moreau",
        "Novak",
        "Okafor",
        "Petrov",
        "Quinn",
        "Rossi",
        "Schmidt",
        "Tanaka"
    };

    private final RandomGenerator random;
    private long number;
    private Instant time = FIRST;

    /**
     * A source of transfers.
     *
     * @param seed decides all of them
     */
    public Transfers(long seed) {
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /**
     * Writes transfers, each as one line.
     *
     * @param count how many
     * @param out where they go
     */
    public void write(long count, OutputStream out) throws IOException {
        for (long i = 0; i < count; i++) {
            out.write(next().getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        }
    }

    /** {@return the next transfer} */
    public String next() {
        time = time.plusMillis(random.nextLong(20, 4_000));
        int from = account();
        int to = account();
        long cents = Math.max(1, Math.round(Math.exp(random.nextGaussian() * 1.3 + 8.2)));
        return String.format(
                Locale.ROOT,
                "{\"id\":\"T%09d\",\"time\":\"%s\",\"from\":\"AC%06d\",\"to\":\"AC%06d\",\"amount\":\"%d.%02d\","
                        + "\"currency\":\"%s\",\"channel\":\"%s\",\"purpose\":\"%s %s %d\",\"reference\":\"%016x\"}",
                number++,
                time,
                from,
                to,
                cents / 100,
                cents % 100,
                pick(CURRENCIES),
                pick(CHANNELS),
                pick(PURPOSES),
                pick(NAMES),
                random.nextInt(10_000),
                random.nextLong());
    }

    /** A few accounts move most of the money. */
    private int account() {
        double skewed = random.nextDouble() * random.nextDouble();
        return (int) (skewed * ACCOUNTS);
    }

    private String pick(String[] words) {
        return words[random.nextInt(words.length)];
    }
}
