package io.sherd.cli.bench;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What clients ask for. Keys are eight bytes, drawn evenly from {@value #KEYS} of them; values are random, so that no
 * compression helps.
 */
public enum Workload {
    /**
     * One operation a request, of 1 KiB: reads what is under a key and puts a value of {@value #VALUE_BYTES} bytes there. The
     * answer is the value that was read, so a reply has as many bytes.
     */
    SIGNED("signed", 1, 10, 50) {
        @Override
        Bytes payload(SplittableRandom random) {
            Bytes key = key(random);
            return new KeyValueOperation.Many(List.of(
                            new KeyValueOperation.Get(key),
                            new KeyValueOperation.Put(key, randomBytes(random, VALUE_BYTES))))
                    .encoded();
        }
    },

    /** A hundred puts a request, each of a value of {@value #SMALL_VALUE_BYTES} bytes. */
    BATCHED("batched", 100, 4, 8) {
        @Override
        Bytes payload(SplittableRandom random) {
            List<KeyValueOperation.Simple> puts = new ArrayList<>(operationsPerRequest());
            for (int i = 0; i < operationsPerRequest(); i++) {
                puts.add(new KeyValueOperation.Put(key(random), randomBytes(random, SMALL_VALUE_BYTES)));
            }
            return new KeyValueOperation.Many(puts).encoded();
        }
    };

    /** How many keys there are. */
    static final int KEYS = 10_000;

    private static final int KEY_BYTES = 8;
    private static final int VALUE_BYTES = 992;
    private static final int SMALL_VALUE_BYTES = 10;

    private final String label;
    private final int operationsPerRequest;
    private final int clients;
    private final int window;

    Workload(String label, int operationsPerRequest, int clients, int window) {
        this.label = label;
        this.operationsPerRequest = operationsPerRequest;
        this.clients = clients;
        this.window = window;
    }

    /** {@return its name in documents and options} */
    public String label() {
        return label;
    }

    /** {@return how many operations count for one signed request} */
    public int operationsPerRequest() {
        return operationsPerRequest;
    }

    /** {@return how many clients unless told otherwise} */
    public int clients() {
        return clients;
    }

    /** {@return how many requests each client keeps in flight unless told otherwise} */
    public int window() {
        return window;
    }

    /**
     * {@return the payload of one request}
     *
     * @param random decides keys and values
     */
    abstract Bytes payload(SplittableRandom random);

    private static Bytes key(SplittableRandom random) {
        return new ByteWriter(KEY_BYTES).u64(random.nextInt(KEYS)).toBytes();
    }

    private static Bytes randomBytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }
}
