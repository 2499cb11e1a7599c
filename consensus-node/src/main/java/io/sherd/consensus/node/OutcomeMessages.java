package io.sherd.consensus.node;

import io.sherd.consensus.rpc.Outcome;
import io.sherd.consensus.rpc.Refusal;
import io.sherd.consensus.rpc.SubmitResponse;
import java.util.function.Supplier;

/**
 * What one stream is told about one entry or one message of its client, in as many messages as are needed: the results of a
 * batch can be far larger than the requests, and no client takes messages of any size. One thread uses it.
 */
final class OutcomeMessages {

    /** A message that has so many bytes of outcomes is full. One outcome may have more. */
    static final int FULL_BYTES = 1 << 20;

    private final ClientStream stream;
    private final Supplier<SubmitResponse.Builder> greeting;
    private SubmitResponse.Builder message;
    private int bytes;
    private boolean empty = true;

    /**
     * Nothing yet.
     *
     * @param stream where messages go
     * @param greeting makes a message without outcomes
     */
    OutcomeMessages(ClientStream stream, Supplier<SubmitResponse.Builder> greeting) {
        this.stream = stream;
        this.greeting = greeting;
        this.message = greeting.get();
    }

    /** Tells an outcome. */
    void add(Outcome outcome) {
        message.addOutcomes(outcome);
        bytes += outcome.getSerializedSize();
        empty = false;
        if (bytes >= FULL_BYTES) {
            send();
        }
    }

    /** Tells why a request is not taken. */
    void add(Refusal refusal) {
        message.addRefusals(refusal);
        empty = false;
    }

    /** Sends what is not sent yet, if there is anything. */
    void sendRest() {
        if (!empty) {
            send();
        }
    }

    /** Sends what is not sent yet, or a mere greeting. */
    void send() {
        stream.send(message.build());
        message = greeting.get();
        bytes = 0;
        empty = true;
    }
}
