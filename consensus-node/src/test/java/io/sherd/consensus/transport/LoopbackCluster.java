package io.sherd.consensus.transport;

import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.MemberTables;
import io.sherd.consensus.wire.MessageVerifier;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.genesis.MemberTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/** Four replicas' links on loopback, with certificates of their own; started one by one. */
final class LoopbackCluster implements AutoCloseable {

    static final int REPLICAS = 4;

    /** Like the real bounds, but nothing takes long. */
    static final LinkLimits LIMITS = new LinkLimits(8 << 20, 8 << 20, 1 << 20, 16, 600, 100, 1_500, 20, 100);

    private static final int FIRST_PORT = 20_000;
    private static final int LAST_PORT = 30_000;

    final List<TlsIdentity> identities = new ArrayList<>();
    final List<Integer> ports = new ArrayList<>();
    final TestCluster cluster;
    private final List<NettyTransport> started = new ArrayList<>();

    LoopbackCluster() {
        for (int i = 0; i < REPLICAS; i++) {
            identities.add(TlsIdentity.generate(Clock.systemUTC()));
            ports.add(freePort());
        }
        cluster = cluster("loopback");
    }

    /** A cluster of the same replicas under another name, and so with another genesis. */
    TestCluster cluster(String name) {
        return new TestCluster(REPLICAS, name, i -> identities.get(i).pin(), i -> "127.0.0.1:" + ports.get(i));
    }

    /** What a listener heard. */
    static class Heard implements Transport.Listener {

        /**
         * One message.
         *
         * @param sender who it came from
         * @param message what it said
         */
        record Entry(int sender, Message message) {}

        final List<Entry> messages = new CopyOnWriteArrayList<>();
        final List<Integer> connections = new CopyOnWriteArrayList<>();

        @Override
        public void received(int sender, Message message) {
            messages.add(new Entry(sender, message));
        }

        @Override
        public void connected(int replica) {
            connections.add(replica);
        }

        List<Message> from(int sender) {
            return messages.stream()
                    .filter(entry -> entry.sender() == sender)
                    .map(Entry::message)
                    .toList();
        }
    }

    /** The member table of one epoch, which tests may replace. */
    static final class Tables implements MemberTables {

        private volatile MemberTable current;

        Tables(MemberTable current) {
            this.current = current;
        }

        void set(MemberTable next) {
            current = next;
        }

        @Override
        public MemberTable current() {
            return current;
        }

        @Override
        public Optional<MemberTable> ofEpoch(long epoch) {
            return epoch == current.epoch() ? Optional.of(current) : Optional.empty();
        }
    }

    /** A replica's transport that is listening and dialling. */
    NettyTransport start(int replica, Transport.Listener listener) throws IOException {
        return start(cluster, replica, identities.get(replica), listener, LIMITS);
    }

    NettyTransport start(
            TestCluster of, int replica, TlsIdentity identity, Transport.Listener listener, LinkLimits limits)
            throws IOException {
        return start(of, new Tables(of.genesis().members()), replica, identity, listener, limits);
    }

    NettyTransport start(
            TestCluster of,
            MemberTables tables,
            int replica,
            TlsIdentity identity,
            Transport.Listener listener,
            LinkLimits limits)
            throws IOException {
        MessageVerifier verifier = new MessageVerifier(of.domain(), of.genesis().quorums(), tables, TestKeys.VERIFIER);
        NettyTransport transport =
                new NettyTransport(of.genesis(), replica, identity, tables, verifier, listener, limits);
        started.add(transport);
        transport.start(address(replica));
        return transport;
    }

    InetSocketAddress address(int replica) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(replica));
    }

    @Override
    public void close() {
        started.forEach(NettyTransport::close);
    }

    /** A port below those that the system gives to connections, which could take it between two starts of a replica. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (BindException e) {
                // Taken: another one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
