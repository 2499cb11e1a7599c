package io.sherd.replication.ledger;

import java.nio.charset.StandardCharsets;

/**
 * An address as genesis, configuration and member tables write it: {@code host:port}, an IPv6 address in brackets. The host is
 * not looked up.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record HostAndPort(String host, int port) {

    /** Longest address, in bytes of UTF-8. */
    public static final int MAX_BYTES = 300;

    private static final int MAX_PORT = 65_535;

    /**
     * Reads an address.
     *
     * @param text {@code host:port}
     * @return its parts
     * @throws IllegalArgumentException if it is anything else
     */
    public static HostAndPort parse(String text) {
        int size = text.getBytes(StandardCharsets.UTF_8).length;
        if (size > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "an address of %d bytes, at most %d are allowed".formatted(size, MAX_BYTES));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ') || (host.contains(":") && !bracketed)) {
            throw new IllegalArgumentException("\"" + text + "\" is not host:port");
        }
        return new HostAndPort(
                bracketed ? host.substring(1, host.length() - 1) : host, port(text, text.substring(colon + 1)));
    }

    private static int port(String text, String digits) {
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > MAX_PORT || Integer.parseInt(digits) == 0) {
            throw new IllegalArgumentException("\"" + text + "\" has no port from 1 to 65535 after the last colon");
        }
        return Integer.parseInt(digits);
    }
}
