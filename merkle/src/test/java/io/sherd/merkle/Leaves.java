package io.sherd.merkle;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Leaves and damage for the tests. */
final class Leaves {

    private Leaves() {}

    /** The leaves' data: the single bytes 00, 01, 02, … */
    static List<byte[]> data(int count) {
        return IntStream.range(0, count).mapToObj(i -> new byte[] {(byte) i}).toList();
    }

    static List<Digest> hashes(int count) {
        return hashes(data(count));
    }

    static List<Digest> hashes(List<byte[]> data) {
        return data.stream().map(MerkleHasher::leaf).toList();
    }

    static MerkleTree tree(int count) {
        return MerkleTree.of(hashes(count));
    }

    static Digest randomDigest(RandomGenerator random) {
        byte[] bytes = new byte[Digest.SIZE_BYTES];
        random.nextBytes(bytes);
        return Digest.of(bytes);
    }

    static Digest flipBit(Digest digest, int bit) {
        byte[] bytes = digest.toByteArray();
        bytes[bit / 8] ^= (byte) (1 << (bit % 8));
        return Digest.of(bytes);
    }

    static <T> List<T> without(List<T> list, int position) {
        List<T> changed = new ArrayList<>(list);
        changed.remove(position);
        return changed;
    }

    static <T> List<T> with(List<T> list, int position, T added) {
        List<T> changed = new ArrayList<>(list);
        changed.add(position, added);
        return changed;
    }

    static <T> List<T> replaced(List<T> list, int position, T replacement) {
        List<T> changed = new ArrayList<>(list);
        changed.set(position, replacement);
        return changed;
    }

    static <T> List<T> neighboursSwapped(List<T> list, int position) {
        List<T> changed = new ArrayList<>(list);
        changed.set(position, list.get(position + 1));
        changed.set(position + 1, list.get(position));
        return changed;
    }
}
