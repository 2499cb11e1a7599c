package io.sherd.replication.machine;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;

/** State machines for tests, each a function. */
final class Machines {

    static final VerifyingKey ALICE = new VerifyingKey(Digest.ZERO);

    private Machines() {}

    /** What a machine does. */
    @FunctionalInterface
    interface Body {
        Bytes apply(StateMachine.State state, Bytes operation);
    }

    static StateMachine of(Body body) {
        return new StateMachine() {
            @Override
            public String name() {
                return "tested/1";
            }

            @Override
            public Bytes apply(State state, VerifyingKey client, Bytes operation) {
                return body.apply(state, operation);
            }
        };
    }

    static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
