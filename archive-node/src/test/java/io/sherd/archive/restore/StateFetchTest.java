package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateChange;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom a state is asked of, step by step and without a network. */
final class StateFetchTest {

    /** Small, so that there are many parts. */
    private static final int CHUNK_BYTES = 1024;

    private static final Set<Integer> SOURCES = Set.of(0, 1, 3);

    private final MemoryStateStore served = new MemoryStateStore();

    private final StateCheckpoint target;
    private final RocksStateStore store;

    StateFetchTest(@TempDir Path directory) throws Exception {
        served.commit(10, changes(0, 300, 1));
        target = served.latest();
        StoreOwner owner = new StoreOwner(Digest.ZERO, 2);
        RocksStateStore.create(directory.resolve("state"), owner);
        store = RocksStateStore.open(directory.resolve("state"), owner);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void allSourcesAreAskedAlike() throws Exception {
        StateFetch fetch = new StateFetch(store, target, SOURCES);
        Map<Integer, Integer> asked = new TreeMap<>();
        while (!fetch.isComplete()) {
            for (StateFetch.Ask ask : fetch.plan()) {
                asked.merge(ask.source(), 1, Integer::sum);
                answer(fetch, ask);
            }
        }

        assertThat(fetch.finish()).isEqualTo(target);
        assertThat(store.latest()).isEqualTo(target);
        assertThat(asked).containsOnlyKeys(0, 1, 3);
        assertThat(asked.values()).allMatch(count -> count >= 4);
    }

    @Test
    void noSourceHasMoreQuestionsOpenThanAllowedAndNoPartIsAskedForTwice() throws Exception {
        StateFetch fetch = new StateFetch(store, target, SOURCES);
        List<StateFetch.Ask> first = fetch.plan();
        assertThat(first).hasSize(1);
        answer(fetch, first.getFirst());

        List<StateFetch.Ask> second = fetch.plan();

        assertThat(second).hasSize(3 * StateFetch.OPEN_PER_SOURCE);
        assertThat(second.stream().map(StateFetch.Ask::part).distinct()).hasSameSizeAs(second);
        assertThat(fetch.plan()).isEmpty();
    }

    @Test
    void aLiarsPartIsAskedOfSomebodyElseAndTheLiarNeverAgain() throws Exception {
        StateFetch fetch = new StateFetch(store, target, SOURCES);
        StateFetch.Ask ask = fetch.plan().getFirst();

        boolean taken = fetch.onChunk(ask, new StateChunk.Inner(new TreeMap<>(Map.of(3, Digest.ZERO))));

        assertThat(taken).isFalse();
        assertThat(fetch.liars()).containsExactly(ask.source());
        assertThat(fetch.troubles().get(ask.source())).startsWith("lied: ");
        List<StateFetch.Ask> after = new ArrayList<>();
        while (!fetch.isComplete()) {
            List<StateFetch.Ask> next = fetch.plan();
            after.addAll(next);
            for (StateFetch.Ask again : next) {
                answer(fetch, again);
            }
        }
        assertThat(after.getFirst().part()).isEqualTo(ask.part());
        assertThat(after).noneMatch(again -> again.source() == ask.source());
    }

    @Test
    void aSourceThatFailsRestsAndIsAskedAgainLater() throws Exception {
        StateFetch fetch = new StateFetch(store, target, Set.of(1));
        fetch.onFailure(fetch.plan().getFirst(), "connection refused");

        assertThat(fetch.plan()).isEmpty();
        assertThat(fetch.troubles()).containsEntry(1, "connection refused");
        fetch.onTick();
        assertThat(fetch.plan()).isEmpty();
        fetch.onTick();
        assertThat(fetch.plan()).hasSize(1);
    }

    @Test
    void whatNobodyHoldsAnyMoreIsSupersededAndOnlyWhatDiffersIsFetchedAgain() throws Exception {
        StateFetch fetch = new StateFetch(store, target, SOURCES);
        while (fetch.acceptedParts() < 60) {
            for (StateFetch.Ask ask : fetch.plan()) {
                answer(fetch, ask);
            }
        }
        served.commit(20, changes(0, 3, 2));
        while (!fetch.isSuperseded()) {
            List<StateFetch.Ask> late = fetch.plan();
            assertThat(late).isNotEmpty();
            late.forEach(fetch::onNotFound);
        }
        assertThat(fetch.plan()).isEmpty();

        long before = fetch.acceptedParts();
        fetch.retarget(served.latest());
        while (!fetch.isComplete()) {
            for (StateFetch.Ask ask : fetch.plan()) {
                answer(fetch, ask);
            }
        }

        assertThat(fetch.finish()).isEqualTo(served.latest());
        assertThat(store.latest()).isEqualTo(served.latest());
        assertThat(fetch.acceptedParts() - before).isLessThan(partsOfTheWhole());
    }

    private long partsOfTheWhole() throws Exception {
        long parts = 0;
        List<Bytes> prefixes = new ArrayList<>(List.of(Bytes.EMPTY));
        while (!prefixes.isEmpty()) {
            Bytes prefix = prefixes.removeLast();
            parts++;
            StateCheckpoint latest = served.latest();
            StateChunk chunk = served.chunk(latest.sequence(), latest.root(), prefix, CHUNK_BYTES)
                    .orElseThrow();
            if (chunk instanceof StateChunk.Inner inner) {
                for (int nibble : inner.children().keySet()) {
                    prefixes.add(new ByteWriter().raw(prefix).u8(nibble).toBytes());
                }
            }
        }
        return parts;
    }

    @Test
    void anAnswerToAnEarlierTargetsQuestionIsNotTaken() throws Exception {
        StateFetch fetch = new StateFetch(store, target, SOURCES);
        StateFetch.Ask early = fetch.plan().getFirst();
        Optional<StateChunk> chunk = chunk(early);
        served.commit(20, changes(0, 3, 2));
        fetch.retarget(served.latest());

        assertThat(fetch.onChunk(early, chunk.orElseThrow())).isFalse();
        assertThat(fetch.acceptedParts()).isZero();
    }

    private void answer(StateFetch fetch, StateFetch.Ask ask) throws StoreException {
        assertThat(fetch.onChunk(ask, chunk(ask).orElseThrow())).isTrue();
    }

    private Optional<StateChunk> chunk(StateFetch.Ask ask) throws StoreException {
        return served.chunk(
                ask.target().sequence(), ask.target().root(), ask.part().prefix(), CHUNK_BYTES);
    }

    private static List<StateChange> changes(int from, int to, int version) {
        List<StateChange> changes = new ArrayList<>();
        for (int key = from; key < to; key++) {
            Bytes bytes = new ByteWriter().u32(key).toBytes();
            Bytes value = new ByteWriter().u32(version).raw(new byte[120]).toBytes();
            changes.add(new StateChange(StateLeaf.APPLICATION, bytes, Optional.of(value)));
        }
        return changes;
    }
}
