package io.sherd.replication.machine;

import io.sherd.merkle.Digest;
import java.util.Optional;

/**
 * How a genesis names its state machine: {@code key-value/1} for one that Sherd ships, or {@code
 * token-ledger/1@sha256:9f3c…} for one of a jar, with the SHA-256 of that jar. So the cluster id covers the code that
 * executes the ledger, and a replica with other code is told apart before it takes part.
 *
 * @param name what the machine calls itself: 1 to {@link #MAX_NAME} characters, letters, digits and {@code . _ / -}
 * @param jar the SHA-256 of the jar; empty if the machine is Sherd's
 */
public record MachineReference(String name, Optional<Digest> jar) {

    /** The longest name. */
    public static final int MAX_NAME = 100;

    private static final String HASH = "@sha256:";

    /** Checks the name. */
    public MachineReference {
        if (name.isEmpty() || name.length() > MAX_NAME || !name.chars().allMatch(MachineReference::isAllowed)) {
            throw new IllegalArgumentException(
                    "a state machine's name has 1 to %d characters, letters, digits and . _ / - only: \"%s\""
                            .formatted(MAX_NAME, name));
        }
    }

    /**
     * Reads what a genesis says.
     *
     * @param text as {@link #text()} writes it
     * @return what it names
     * @throws IllegalArgumentException if it names nothing
     */
    public static MachineReference parse(String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            return new MachineReference(text, Optional.empty());
        }
        if (!text.startsWith(HASH, at)) {
            throw new IllegalArgumentException(
                    "behind a state machine's name stands %s and the hash of its jar: \"%s\"".formatted(HASH, text));
        }
        String hex = text.substring(at + HASH.length());
        Digest jar = Digest.fromHex(hex);
        if (!jar.hex().equals(hex)) {
            throw new IllegalArgumentException("the hash of a jar is written in small letters: \"%s\"".formatted(text));
        }
        return new MachineReference(text.substring(0, at), Optional.of(jar));
    }

    /** {@return what a genesis says} */
    public String text() {
        return name + jar.map(digest -> HASH + digest.hex()).orElse("");
    }

    private static boolean isAllowed(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || "._/-".indexOf(character) >= 0;
    }
}
