package io.sherd.consensus.transport;

import io.sherd.consensus.core.Message;
import java.util.List;

/** Port: sends messages to other replicas, and hands over what they send. Thread-safe; sending never waits. */
public interface Transport extends AutoCloseable {

    /** Takes what arrives. Called by several threads, but in order for one sender. */
    interface Listener {

        /**
         * A message arrived. Its sender is proved by the link, and a signed message's signature is its sender's.
         *
         * @param sender the replica at the other end
         * @param message what it says
         */
        void received(int sender, Message message);

        /**
         * A link to a replica is up.
         *
         * @param replica the peer
         */
        void connected(int replica);
    }

    /** Sends to one replica; lost if the link is down or its queue is full. */
    void send(int replica, Message message);

    /** Sends to every other replica. */
    void broadcast(Message message);

    /** How the links stand, one for each other replica, ascending. */
    List<LinkStatus> links();

    @Override
    void close();
}
