package io.sherd.consensus.durable;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.store.DurableFiles;
import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.Recovered.Sealing;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of a replica, recovered by the log and by the definition, word for word. */
class VoteLogModelTest {

    private static final int SELF = 1;
    private static final int HISTORIES = 12;
    private static final int STEPS = 120;

    private final TestCluster cluster = new TestCluster(4);

    @TempDir
    private Path temporary;

    @Test
    void recoveringGivesWhatTheRecordsSay() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        for (int i = 0; i < HISTORIES; i++) {
            Path path = temporary.resolve("votes-" + i);
            new History(path, new Random(seed + i), "-Dsherd.seed=" + (seed + i)).run();
            DurableFiles.deleteTree(path);
        }
    }

    /** One replica's life. It votes as a correct replica may: once a place, in views that only rise. */
    private final class History {

        private final Path path;
        private final Random random;
        private final String repeat;
        private final List<VoteRecord> kept = new ArrayList<>();
        private MemberTable members = cluster.genesis().members();
        private long view;
        private boolean active = true;
        private long base;
        private VoteLog log;

        History(Path path, Random random, String repeat) throws Exception {
            this.path = path;
            this.random = random;
            this.repeat = repeat;
            VoteLog.create(path, cluster.genesis(), SELF, TestCluster.directory(SELF));
            this.log = VoteLog.open(path, cluster.genesis(), SELF, TestCluster.directory(SELF));
        }

        void run() throws Exception {
            try {
                for (int step = 0; step < STEPS; step++) {
                    step();
                }
                compare();
            } finally {
                log.close();
            }
        }

        private void step() throws Exception {
            switch (random.nextInt(20)) {
                case 0 -> {
                    log.close();
                    log = VoteLog.open(path, cluster.genesis(), SELF, TestCluster.directory(SELF));
                    compare();
                }
                case 1 -> changeView();
                case 2 -> {
                    if (random.nextInt(3) == 0) {
                        closeEpoch();
                    }
                }
                case 3 -> {
                    base += 1 + random.nextInt(3);
                    keep(new VoteRecord.StableCheckpoint(
                            cluster.certificate(cluster.statement(members.epoch(), base, Optional.empty()))));
                }
                case 4 -> {
                    long below = base - random.nextInt(3) + 1;
                    log.truncateBelow(below);
                    kept.removeIf(record -> sequenceOf(record) < below);
                }
                default -> vote();
            }
        }

        private void vote() throws Exception {
            long sequence = base + 1 + random.nextInt(12);
            // The same batch in every view of an epoch, as a correct new view would have it; some positions are null.
            Batch batch = sequence % 5 == 0 ? Batch.NULL : cluster.batch(100 * members.epoch() + sequence);
            Ballot ballot = cluster.ballot(members.epoch(), view, sequence, batch);
            List<VoteRecord> records = new ArrayList<>();
            if (random.nextBoolean()) {
                records.add(new VoteRecord.Proposal(cluster.prePrepare(members.epoch(), view, sequence, batch)));
            }
            if (random.nextBoolean()) {
                records.add(new VoteRecord.OwnPrepare(cluster.prepare(ballot, SELF)));
            }
            if (random.nextBoolean()) {
                records.add(new VoteRecord.OwnCommit(cluster.commit(ballot, SELF), cluster.proof(ballot)));
            }
            if (random.nextBoolean()) {
                records.add(new VoteRecord.Decided(cluster.decided(members.epoch(), view, sequence, batch)));
            }
            keep(records.toArray(VoteRecord[]::new));
        }

        private void changeView() throws Exception {
            if (active || random.nextBoolean()) {
                view++;
                active = false;
                keep(
                        new VoteRecord.InView(members.epoch(), view, false),
                        new VoteRecord.OwnViewChange(
                                cluster.viewChange(members.epoch(), view, Optional.empty(), List.of(), SELF)));
            } else {
                active = true;
                keep(
                        new VoteRecord.AcceptedNewView(
                                cluster.newView(members.epoch(), view, List.of(), new TreeMap<>())),
                        new VoteRecord.InView(members.epoch(), view, true));
            }
        }

        private void closeEpoch() throws Exception {
            int replica = random.nextInt(4);
            long incarnation = members.member(replica).incarnation();
            Request.Rejoin rejoin = cluster.rejoin(replica, incarnation, 20 + (int) members.epoch());
            base++;
            var closed = cluster.closedEpoch(members, base, rejoin);
            keep(new VoteRecord.Closed(closed));
            members = closed.next();
            view = 0;
            active = true;
        }

        private void keep(VoteRecord... records) throws Exception {
            log.append(List.of(records), random.nextInt(4) == 0);
            kept.addAll(List.of(records));
        }

        private void compare() throws Exception {
            long executed = Math.max(0, base - 2 + random.nextInt(6));
            StartingPoint start =
                    new StartingPoint(members, List.of(), Optional.empty(), executed, false, Sealing.NONE);
            assertThat(log.recover(start)).as(repeat).isEqualTo(definition(executed));
        }

        /** What {@link Recovered} documents, from the list of all records. */
        private Recovered definition(long executed) {
            var stable = latest(VoteRecord.StableCheckpoint.class).map(VoteRecord.StableCheckpoint::certificate);
            long above = stable.map(c -> c.statement().sequence()).orElse(0L);
            List<Message.PrePrepare> proposals = slots(VoteRecord.Proposal.class, above).stream()
                    .map(VoteRecord.Proposal::proposal)
                    .toList();
            List<Message.Prepare> prepares = slots(VoteRecord.OwnPrepare.class, above).stream()
                    .map(VoteRecord.OwnPrepare::prepare)
                    .toList();
            var viewChange = latest(VoteRecord.OwnViewChange.class)
                    .map(VoteRecord.OwnViewChange::viewChange)
                    .filter(m -> !active && m.view() == view && m.epoch() == members.epoch());
            var newView = latest(VoteRecord.AcceptedNewView.class)
                    .map(VoteRecord.AcceptedNewView::newView)
                    .filter(m -> active && m.view() == view && m.epoch() == members.epoch());
            return new Recovered(
                    members,
                    TestCluster.directory(SELF),
                    Optional.empty(),
                    view,
                    active,
                    stable,
                    executed,
                    false,
                    decided(executed),
                    proposals,
                    prepares,
                    slots(VoteRecord.OwnCommit.class, above),
                    viewChange,
                    newView,
                    true,
                    Sealing.NONE);
        }

        private List<io.sherd.consensus.core.DecidedEntry> decided(long executed) {
            List<io.sherd.consensus.core.DecidedEntry> entries = new ArrayList<>();
            for (long sequence = executed + 1; ; sequence++) {
                long wanted = sequence;
                Optional<VoteRecord.Decided> last = kept.stream()
                        .filter(VoteRecord.Decided.class::isInstance)
                        .map(VoteRecord.Decided.class::cast)
                        .filter(d -> d.entry().entry().sequence() == wanted)
                        .reduce((first, second) -> second);
                if (last.isEmpty() || last.get().entry().epoch() != epochOf(sequence)) {
                    return entries;
                }
                entries.add(last.get().entry());
            }
        }

        private long epochOf(long sequence) {
            return kept.stream()
                    .filter(VoteRecord.Closed.class::isInstance)
                    .map(record ->
                            ((VoteRecord.Closed) record).closed().certificate().statement())
                    .filter(statement -> statement.sequence() >= sequence)
                    .mapToLong(io.sherd.replication.checkpoint.CheckpointStatement::epoch)
                    .min()
                    .orElse(members.epoch());
        }

        /** The records of a type for places of this epoch above a position, by position and then by view, each place once. */
        private <T extends VoteRecord> List<T> slots(Class<T> type, long above) {
            TreeMap<String, T> places = new TreeMap<>();
            for (VoteRecord record : kept) {
                if (type.isInstance(record)) {
                    Ballot ballot = ballotOf(record);
                    if (ballot.epoch() == members.epoch() && ballot.sequence() > above) {
                        places.put("%08d/%08d".formatted(ballot.sequence(), ballot.view()), type.cast(record));
                    }
                }
            }
            return List.copyOf(places.values());
        }

        private <T extends VoteRecord> Optional<T> latest(Class<T> type) {
            return kept.stream().filter(type::isInstance).map(type::cast).reduce((first, second) -> second);
        }
    }

    private static Ballot ballotOf(VoteRecord record) {
        return switch (record) {
            case VoteRecord.Proposal r -> r.proposal().ballot();
            case VoteRecord.OwnPrepare r -> r.prepare().ballot();
            case VoteRecord.OwnCommit r -> r.commit().ballot();
            default -> throw new IllegalArgumentException(record.toString());
        };
    }

    /** The position of what is truncated; what is not has none. */
    private static long sequenceOf(VoteRecord record) {
        return switch (record) {
            case VoteRecord.Proposal r -> r.proposal().ballot().sequence();
            case VoteRecord.OwnPrepare r -> r.prepare().ballot().sequence();
            case VoteRecord.OwnCommit r -> r.commit().ballot().sequence();
            case VoteRecord.Decided r -> r.entry().entry().sequence();
            default -> Long.MAX_VALUE;
        };
    }
}
