package io.sherd.consensus.transport;

/**
 * How the link to one peer stands, counted since the start.
 *
 * @param replica the peer
 * @param connected whether messages can be sent now
 * @param bytesIn bytes of frames received, TLS not counted
 * @param bytesOut bytes of frames sent, TLS not counted
 * @param dropped messages that were not sent because the link was down or its queue full
 * @param refused messages that were received and not handed over: not decodable, or not what their sender may say
 * @param messagesIn messages received, refused ones among them
 * @param messagesOut messages sent
 * @param queuedBytes what waits to be sent now
 * @param connections how many connections became links
 */
public record LinkStatus(
        int replica,
        boolean connected,
        long bytesIn,
        long bytesOut,
        long dropped,
        long refused,
        long messagesIn,
        long messagesOut,
        long queuedBytes,
        long connections) {}
