package io.sherd.archive.genesis;

import io.sherd.replication.ledger.HostAndPort;
import java.net.InetSocketAddress;

/** Addresses as genesis and configuration write them: {@code host:port}, an IPv6 address in brackets. */
public final class Addresses {

    private Addresses() {}

    /**
     * Reads an address. The host is not looked up.
     *
     * @param text {@code host:port}
     * @throws IllegalArgumentException if it is anything else
     */
    public static InetSocketAddress parse(String text) {
        HostAndPort parts = HostAndPort.parse(text);
        return InetSocketAddress.createUnresolved(parts.host(), parts.port());
    }
}
