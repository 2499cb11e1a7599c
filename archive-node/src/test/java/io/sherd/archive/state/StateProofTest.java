package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StateProofTest {

    private static final int KEYS = 80;

    private final MemoryStateStore store = new MemoryStateStore();
    private Digest root = Digest.ZERO;

    @BeforeEach
    void fill() {
        List<StateChange> changes = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            changes.add(StateStoreContract.put("key" + i, "value" + i));
        }
        root = store.commit(1, changes);
    }

    @Test
    void encodingIsReadBack() throws Exception {
        for (String key : List.of("key5", "no such key", "another")) {
            StateProof proof = prove(key);
            StateProof decoded = StateProof.decode(proof.encoded(), 1000);
            assertThat(decoded).isEqualTo(proof);
            assertThat(decoded.verify(root)).isEqualTo(proof.verify(root));
        }
    }

    @Test
    void everyCutAndEveryByteAfterTheEndIsRefused() throws Exception {
        byte[] encoded = prove("key5").encoded().toByteArray();
        for (int length = 0; length < encoded.length; length++) {
            Bytes cut = Bytes.wrap(java.util.Arrays.copyOf(encoded, length));
            assertThatThrownBy(() -> StateProof.decode(cut, 1000)).isInstanceOf(WireFormatException.class);
        }
        Bytes longer = Bytes.wrap(java.util.Arrays.copyOf(encoded, encoded.length + 1));
        assertThatThrownBy(() -> StateProof.decode(longer, 1000)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void everyFlippedBitIsRefusedOrProvesNothingElse() throws Exception {
        StateProof good = prove("key5");
        byte[] encoded = good.encoded().toByteArray();
        for (int bit = 0; bit < 8 * encoded.length; bit++) {
            byte[] flipped = encoded.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Optional<StateProof> decoded = decodeIfPossible(flipped);
            if (decoded.isPresent() && asksTheSame(decoded.get(), good)) {
                StateProof bad = decoded.get();
                assertThatThrownBy(() -> bad.verify(root)).as("bit %d", bit).isInstanceOf(InvalidStateException.class);
            }
        }
    }

    @Test
    void valueOfAnotherKeyIsNotAccepted() throws Exception {
        StateProof other = prove("key6");
        StateProof lie = new StateProof(0, StateStoreContract.bytes("key5"), other.nodes(), other.leaf());

        assertThatThrownBy(() -> lie.verify(root)).isInstanceOf(InvalidStateException.class);
    }

    @Test
    void presenceCannotBeDenied() throws Exception {
        StateProof good = prove("key5");
        for (int kept = 0; kept <= good.nodes().size(); kept++) {
            StateProof shortened = new StateProof(0, good.key(), good.nodes().subList(0, kept), Optional.empty());
            assertThatThrownBy(() -> shortened.verify(root))
                    .as("%d nodes and no leaf", kept)
                    .isInstanceOf(InvalidStateException.class);
        }
        SortedMap<Integer, Digest> last = new TreeMap<>(good.nodes().getLast());
        Bytes path = Bytes.wrap(StateLeaf.path(0, good.key()).toByteArray());
        last.remove(Nibbles.at(path, good.nodes().size() - 1));
        List<SortedMap<Integer, Digest>> nodes = new ArrayList<>(good.nodes());
        nodes.set(nodes.size() - 1, last);
        StateProof without = new StateProof(0, good.key(), nodes, Optional.empty());
        assertThatThrownBy(() -> without.verify(root)).isInstanceOf(InvalidStateException.class);
    }

    @Test
    void absenceProofWithMoreBehindItsEndIsRefused() throws Exception {
        StateProof absent = absenceWithoutLeaf();
        List<SortedMap<Integer, Digest>> longer = new ArrayList<>(absent.nodes());
        longer.add(longer.getLast());
        StateProof more = new StateProof(0, absent.key(), longer, Optional.empty());
        assertThatThrownBy(() -> more.verify(root))
                .isInstanceOf(InvalidStateException.class)
                .hasMessageContaining("the way ends");

        StateProof leaf =
                new StateProof(0, absent.key(), absent.nodes(), prove("key5").leaf());
        assertThatThrownBy(() -> leaf.verify(root)).isInstanceOf(InvalidStateException.class);
    }

    @Test
    void emptyProofHoldsOnlyForTheEmptyState() throws Exception {
        StateProof nothing = new StateProof(0, StateStoreContract.bytes("key5"), List.of(), Optional.empty());

        assertThat(nothing.verify(new MemoryStateStore().latest().root())).isEmpty();
        assertThatThrownBy(() -> nothing.verify(root)).isInstanceOf(InvalidStateException.class);
    }

    private StateProof absenceWithoutLeaf() {
        for (int i = 0; ; i++) {
            StateProof proof = prove("absent" + i);
            if (proof.leaf().isEmpty()) {
                return proof;
            }
        }
    }

    private static boolean asksTheSame(StateProof proof, StateProof good) {
        return proof.space() == good.space() && proof.key().equals(good.key());
    }

    private static Optional<StateProof> decodeIfPossible(byte[] bytes) {
        try {
            return Optional.of(StateProof.decode(Bytes.wrap(bytes), 1000));
        } catch (WireFormatException e) {
            return Optional.empty();
        }
    }

    private StateProof prove(String key) {
        return store.prove(1, root, StateLeaf.APPLICATION, StateStoreContract.bytes(key))
                .orElseThrow();
    }
}
