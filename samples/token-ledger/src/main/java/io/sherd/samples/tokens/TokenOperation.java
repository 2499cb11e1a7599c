package io.sherd.samples.tokens;

import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;

/** What a client asks of the token ledger. */
sealed interface TokenOperation {

    /** The longest operation that is looked at, in bytes. */
    int MAX_BYTES = 256;

    /** The longest account name, in characters. */
    int MAX_NAME = 64;

    /** An account without tokens. */
    record Open(String account) implements TokenOperation {}

    /** New tokens. */
    record Mint(String account, long amount) implements TokenOperation {}

    /** Tokens from one account to another. */
    record Transfer(String from, String to, long amount) implements TokenOperation {}

    /** What an account has. */
    record Balance(String account) implements TokenOperation {}

    /** How many tokens there are. */
    record Supply() implements TokenOperation {}

    /**
     * Reads an operation: words of ASCII with one space between them.
     *
     * @param payload what the client signed: any bytes
     * @throws RefusedException if it is no operation
     */
    static TokenOperation parse(Bytes payload) throws RefusedException {
        if (payload.size() > MAX_BYTES) {
            throw new RefusedException("an operation has at most " + MAX_BYTES + " bytes");
        }
        // ISO 8859-1 has a character for every byte; names and amounts take only some of them.
        String[] words = new String(payload.toByteArray(), StandardCharsets.ISO_8859_1).split(" ", -1);
        return switch (words[0] + "/" + (words.length - 1)) {
            case "open/1" -> new Open(name(words[1]));
            case "mint/2" -> new Mint(name(words[1]), amount(words[2]));
            case "transfer/3" -> new Transfer(name(words[1]), name(words[2]), amount(words[3]));
            case "balance/1" -> new Balance(name(words[1]));
            case "supply/0" -> new Supply();
            default ->
                throw new RefusedException(
                        "known are: open NAME, mint NAME AMOUNT, transfer FROM TO AMOUNT, " + "balance NAME, supply");
        };
    }

    private static String name(String word) throws RefusedException {
        boolean allowed = word.chars()
                .allMatch(character -> (character >= 'a' && character <= 'z')
                        || (character >= '0' && character <= '9')
                        || character == '-');
        if (word.isEmpty() || word.length() > MAX_NAME || !allowed) {
            throw new RefusedException("a name has 1 to " + MAX_NAME + " of the characters a-z, 0-9 and -");
        }
        return word;
    }

    private static long amount(String word) throws RefusedException {
        // Long.parseLong takes signs and the digits of other scripts, too.
        boolean digits = word.chars().allMatch(character -> character >= '0' && character <= '9');
        if (!digits || word.isEmpty() || word.length() > 18 || Long.parseLong(word) == 0) {
            throw new RefusedException("an amount is a whole number above 0, of at most 18 digits");
        }
        return Long.parseLong(word);
    }
}
