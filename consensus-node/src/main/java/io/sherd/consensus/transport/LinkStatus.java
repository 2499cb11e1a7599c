package io.sherd.consensus.transport;

/**
 * How the link to one peer stands.
 *
 * @param replica the peer
 * @param connected whether messages can be sent now
 * @param bytesIn bytes of frames received since the start, TLS not counted
 * @param bytesOut bytes of frames sent since the start, TLS not counted
 * @param dropped messages that were not sent because the link was down or its queue full
 * @param refused messages that were received and not handed over: not decodable, or not what their sender may say
 */
public record LinkStatus(int replica, boolean connected, long bytesIn, long bytesOut, long dropped, long refused) {}
