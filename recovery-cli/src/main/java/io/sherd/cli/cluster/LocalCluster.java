package io.sherd.cli.cluster;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Units;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.PeerStatus;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The replicas of a cluster on this machine, each a process of its own that goes on when this one ends. Which process is
 * which replica stands in the cluster's directory, so that another command can stop what this one started, and nothing else.
 */
public final class LocalCluster implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** A replica that has found no others after so long is alone. */
    private static final Duration TIME_TO_CONNECT = Duration.ofSeconds(3);

    private static final Duration BETWEEN_SEARCHES = Duration.ofSeconds(1);
    private static final int LOG_LINES_SHOWN = 8;
    private static final int LOG_BYTES_READ = 16 * 1024;

    private final ClusterLayout layout;
    private final Genesis genesis;
    private final int maxHeapMiB;
    private final Map<Integer, Process> children = new TreeMap<>();
    private final SortedMap<Integer, AdminClient> admins = new TreeMap<>();
    private final MemberSearch search;
    private MemberTable members;
    private long searchedNanos = System.nanoTime();

    /**
     * The cluster in a directory that {@code init} made.
     *
     * @param layout the directory
     * @param maxHeapMiB how much heap each replica may use
     * @throws GenesisException if the directory holds no genesis
     */
    public LocalCluster(ClusterLayout layout, int maxHeapMiB) throws GenesisException {
        this.layout = layout;
        this.genesis = layout.genesis();
        this.members = genesis.members();
        this.search = new MemberSearch(genesis, new Ed25519Verifier());
        this.maxHeapMiB = maxHeapMiB;
    }

    /** {@return where things are} */
    public ClusterLayout layout() {
        return layout;
    }

    /** {@return what the cluster is founded on} */
    public Genesis genesis() {
        return genesis;
    }

    /** {@return the numbers of all replicas} */
    public List<Integer> replicas() {
        return IntStream.range(0, genesis.quorums().replicaCount()).boxed().toList();
    }

    /**
     * Starts a replica; {@link #awaitReady} waits for it.
     *
     * @param replica its number
     * @param options more options of {@code node run}
     * @throws CommandFailure if it runs already
     */
    public void start(int replica, List<String> options) throws IOException, CommandFailure {
        Optional<ProcessHandle> running = running(replica);
        if (running.isPresent()) {
            throw new CommandFailure(
                    ExitCode.IN_USE,
                    "cluster.running",
                    "%s runs already, as process %d"
                            .formatted(
                                    ClusterLayout.name(replica), running.get().pid()),
                    "sherd cluster down --dir " + layout.root());
        }
        Files.createDirectories(parent(layout.log(replica)));
        Files.createDirectories(parent(layout.process(replica)));
        List<String> words = new ArrayList<>(List.of(
                "node", "run", "--config", layout.configurationFile(replica).toString()));
        words.addAll(options);
        List<String> command = new ArrayList<>();
        // A session of its own: Ctrl-C in this terminal is for this command, which decides what becomes of replicas.
        command.add("setsid");
        command.addAll(JavaCommand.of(maxHeapMiB, words));
        ProcessBuilder.Redirect log =
                ProcessBuilder.Redirect.appendTo(layout.log(replica).toFile());
        Process process = new ProcessBuilder(command)
                .redirectOutput(log)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .start();
        ReplicaProcess.of(process.toHandle()).write(layout.process(replica));
        children.put(replica, process);
    }

    /**
     * Waits until replicas take part: they answer, and are in normal operation; or, where these alone are no quorum, they are ready to
     * be and wait for others that do not run.
     *
     * @param replicas their numbers
     * @param patience how long to wait
     * @throws CommandFailure if one ends, or is not ready in time
     */
    public void awaitReady(Collection<Integer> replicas, Duration patience)
            throws CommandFailure, StoreException, IOException, InterruptedException {
        awaitReady(replicas, patience, _ -> {});
    }

    /**
     * As {@link #awaitReady(Collection, Duration)}, and tells how far it is.
     *
     * @param replicas their numbers
     * @param patience how long to wait
     * @param ready told again and again how many are ready
     * @throws CommandFailure if one ends, or is not ready in time
     */
    public void awaitReady(Collection<Integer> replicas, Duration patience, IntConsumer ready)
            throws CommandFailure, StoreException, IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        List<Integer> missing = new ArrayList<>(replicas);
        Map<Integer, String> modes = new TreeMap<>();
        Map<Integer, Long> lonely = new TreeMap<>();
        while (true) {
            missing.removeIf(replica -> {
                StatusAnswer answer = ask(replica, Duration.ofNanos(deadline - System.nanoTime()));
                modes.put(replica, inWords(answer));
                if (!(answer instanceof StatusAnswer.Heard(GetStatusResponse status))) {
                    return false;
                }
                if (!waitsForOthers(status, replicas.size())) {
                    lonely.remove(replica);
                    return status.getMode().equals("normal");
                }
                long since = lonely.computeIfAbsent(replica, _ -> System.nanoTime());
                return System.nanoTime() - since > TIME_TO_CONNECT.toNanos();
            });
            ready.accept(replicas.size() - missing.size());
            if (missing.isEmpty()) {
                return;
            }
            for (int replica : missing) {
                failIfEnded(replica);
            }
            if (System.nanoTime() > deadline) {
                throw notReady(missing, modes, patience);
            }
            Thread.sleep(PAUSE);
        }
    }

    private StatusAnswer ask(int replica, Duration left) {
        Duration deadline = left.compareTo(AdminClient.STATUS_DEADLINE) < 0 ? left : AdminClient.STATUS_DEADLINE;
        StatusAnswer answer = admin(replica).status(deadline.compareTo(PAUSE) < 0 ? PAUSE : deadline);
        if (answer instanceof StatusAnswer.Silent) {
            lookWhereTheyAre();
        }
        return answer;
    }

    private static String inWords(StatusAnswer answer) {
        return switch (answer) {
            case StatusAnswer.Heard(GetStatusResponse status) -> status.getMode();
            case StatusAnswer.Busy(String why) -> why;
            case StatusAnswer.Silent(String why) -> why;
        };
    }

    /** Whether a replica signs nothing yet only because too few others run, and more than these are needed. */
    private boolean waitsForOthers(GetStatusResponse status, int started) {
        long connected =
                status.getPeersList().stream().filter(PeerStatus::getConnected).count();
        return status.getMode().equals("asking")
                && !genesis.quorums().isQuorum(started)
                && !genesis.quorums().isQuorum((int) connected + 1);
    }

    /** Who does not answer may have got another certificate or address since the genesis. */
    private void lookWhereTheyAre() {
        if (System.nanoTime() - searchedNanos < BETWEEN_SEARCHES.toNanos()) {
            return;
        }
        try {
            var _ = search.search(BETWEEN_SEARCHES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        searchedNanos = System.nanoTime();
        if (search.members().epoch() > members.epoch()) {
            members = search.members();
            admins.values().forEach(AdminClient::close);
            admins.clear();
        }
    }

    private CommandFailure notReady(List<Integer> missing, Map<Integer, String> modes, Duration patience)
            throws IOException {
        List<String> facts = new ArrayList<>();
        missing.forEach(replica -> facts.add(ClusterLayout.name(replica) + ": " + modes.get(replica)));
        facts.addAll(lastWords(missing.getFirst()));
        return new CommandFailure(
                ExitCode.UNREACHABLE,
                "cluster.not-ready",
                "%s not ready after %s"
                        .formatted(
                                String.join(
                                                ", ",
                                                missing.stream()
                                                        .map(ClusterLayout::name)
                                                        .toList())
                                        + (missing.size() == 1 ? " is" : " are"),
                                Units.duration(patience)),
                facts,
                "a loaded machine may only need longer; else see " + layout.log(missing.getFirst()));
    }

    /**
     * {@return where a replica stands; empty if it does not answer}
     *
     * @param replica its number
     */
    public Optional<GetStatusResponse> status(int replica) {
        return admin(replica).status(AdminClient.STATUS_DEADLINE).heard();
    }

    private AdminClient admin(int replica) {
        return admins.computeIfAbsent(replica, number -> new AdminClient(genesis, members, number));
    }

    /**
     * Makes a replica write its archive to its place on disk.
     *
     * @param replica its number
     */
    public void flush(int replica) throws CommandFailure, KeyFileException {
        admin(replica).flush(KeyFile.read(layout.adminKey()));
    }

    /**
     * {@return a replica's process, if it runs}
     *
     * @param replica its number
     */
    public Optional<ProcessHandle> running(int replica) throws IOException, CommandFailure {
        Optional<ReplicaProcess> process = ReplicaProcess.read(layout.process(replica));
        return process.isPresent() ? process.get().running() : Optional.empty();
    }

    /**
     * {@return the process that has a replica's data directory open, whoever started it; empty if none has}
     *
     * @param replica its number
     */
    public OptionalLong holder(int replica) throws StoreException {
        return DataDirectory.holder(layout.data(replica));
    }

    /**
     * Asks a replica to end and waits for it; makes it end if it does not.
     *
     * @param replica its number
     * @param patience how long it may take
     * @return whether it ended by itself, or did not run
     */
    public boolean stop(int replica, Duration patience) throws IOException, CommandFailure, InterruptedException {
        Optional<ReplicaProcess> process = ReplicaProcess.read(layout.process(replica));
        boolean orderly = process.isEmpty() || process.get().stop(patience);
        Files.deleteIfExists(layout.process(replica));
        return orderly;
    }

    /**
     * Ends a replica as a power failure would.
     *
     * @param replica its number
     */
    public void kill(int replica) throws IOException, CommandFailure, InterruptedException {
        Optional<ReplicaProcess> process = ReplicaProcess.read(layout.process(replica));
        if (process.isPresent()) {
            process.get().kill();
        }
        Files.deleteIfExists(layout.process(replica));
    }

    /** Lets go of connections; the replicas go on. */
    @Override
    public void close() {
        admins.values().forEach(AdminClient::close);
        admins.clear();
    }

    private void failIfEnded(int replica) throws CommandFailure, StoreException, IOException {
        if (running(replica).isPresent()
                || (!children.containsKey(replica) && holder(replica).isPresent())) {
            return;
        }
        Process child = children.get(replica);
        ExitCode code = child == null || child.isAlive() ? ExitCode.UNEXPECTED : exitCode(child.exitValue());
        throw new CommandFailure(
                code,
                "cluster.ended",
                ClusterLayout.name(replica) + " ended before it was ready",
                lastWords(replica),
                "see " + layout.log(replica));
    }

    private static ExitCode exitCode(int value) {
        for (ExitCode code : ExitCode.values()) {
            if (code.code() == value && code != ExitCode.DONE) {
                return code;
            }
        }
        return ExitCode.UNEXPECTED;
    }

    private List<String> lastWords(int replica) throws IOException {
        Path log = layout.log(replica);
        if (!Files.exists(log)) {
            return List.of();
        }
        try (var channel = Files.newByteChannel(log, StandardOpenOption.READ)) {
            channel.position(Math.max(0, channel.size() - LOG_BYTES_READ));
            java.nio.ByteBuffer end = java.nio.ByteBuffer.allocate(LOG_BYTES_READ);
            while (channel.read(end) > 0) {
                // Until the buffer is full or the file ends.
            }
            List<String> lines = new String(end.array(), 0, end.position(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            return lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
        }
    }

    private static Path parent(Path file) {
        return java.util.Objects.requireNonNull(file.getParent());
    }
}
