package io.sherd.consensus.transport;

import io.sherd.consensus.core.Message;
import java.util.List;

/** Port: sends messages to other replicas, and hands over what they send. Thread-safe; sending never waits. */
public interface Transport extends AutoCloseable {

    /** Takes what arrives. Called by several threads, but for one peer by one at a time and in order. */
    interface Listener {

        /**
         * A message arrived. Its sender is proved by the link, and a signed message's signature is its sender's.
         *
         * @param sender the replica at the other end
         * @param message what it says
         */
        void received(int sender, Message message);

        /**
         * A link to a replica is up, for the first time or again: what was sent before may be lost.
         *
         * @param replica the peer
         */
        void connected(int replica);
    }

    /**
     * Sends to one replica; lost if the link is down or its queue is full.
     *
     * @param replica another replica than this one
     * @param message what to say
     */
    void send(int replica, Message message);

    /**
     * Sends to every other replica; encoded once.
     *
     * @param message what to say
     */
    void broadcast(Message message);

    /** {@return how the links stand, one for each other replica, ascending} */
    List<LinkStatus> links();

    /** Closes all links. What was not sent is lost. */
    @Override
    void close();
}
