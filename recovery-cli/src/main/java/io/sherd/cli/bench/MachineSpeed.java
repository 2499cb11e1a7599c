package io.sherd.cli.bench;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.replication.ledger.Signature;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/**
 * How fast this machine's processors are right now, in a unit that everything here is made of: the processor time of one
 * Ed25519 verification. On shared machines it changes by half within minutes; two measurements compare only beside it.
 */
final class MachineSpeed {
    private static final int MESSAGE_BYTES = 1024;
    private static final int ROUNDS = 8;
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final double NANOS_PER_MICRO = 1000;

    private MachineSpeed() {}

    /** The processor time of one verification by this program's verifier, in microseconds: the best of eight short rounds. */
    static double verificationMicros() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Ed25519Signer signer = Ed25519Signer.generate();
        Ed25519Verifier verifier = new Ed25519Verifier();
        byte[] message = new byte[MESSAGE_BYTES];
        Signature signature = signer.sign(message);
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long started = threads.getCurrentThreadCpuTime();
            long spent;
            int verified = 0;
            do {
                if (!verifier.verify(signer.key(), message, signature)) {
                    throw new IllegalStateException("a signature just made does not verify");
                }
                verified++;
                spent = threads.getCurrentThreadCpuTime() - started;
            } while (spent < ROUND_NANOS);
            best = Math.min(best, spent / NANOS_PER_MICRO / verified);
        }
        return best;
    }
}
