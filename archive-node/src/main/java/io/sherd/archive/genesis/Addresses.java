package io.sherd.archive.genesis;

import java.net.InetSocketAddress;

/** Addresses as genesis and configuration write them: {@code host:port}, an IPv6 address in brackets. */
public final class Addresses {

    private static final int MAX_PORT = 65_535;

    private Addresses() {}

    /**
     * Reads an address. The host is not looked up.
     *
     * @param text {@code host:port}
     * @throws IllegalArgumentException if it is anything else
     */
    public static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ') || (host.contains(":") && !bracketed)) {
            throw new IllegalArgumentException("\"" + text + "\" is not host:port");
        }
        return InetSocketAddress.createUnresolved(
                bracketed ? host.substring(1, host.length() - 1) : host, port(text, text.substring(colon + 1)));
    }

    private static int port(String text, String digits) {
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > MAX_PORT || Integer.parseInt(digits) == 0) {
            throw new IllegalArgumentException("\"" + text + "\" has no port from 1 to 65535 after the last colon");
        }
        return Integer.parseInt(digits);
    }
}
