package io.sherd.samples.tokens;

import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * An account, as it is in the state.
 *
 * @param owner who may transfer from it
 * @param balance how many tokens it has
 */
record Account(VerifyingKey owner, long balance) {

    Bytes encoded() {
        return new ByteWriter(40).digest(owner.raw()).u64(balance).toBytes();
    }

    static Account decode(Bytes stored) {
        ByteReader reader = new ByteReader(stored);
        try {
            Account account = new Account(new VerifyingKey(reader.digest()), reader.u64());
            reader.end();
            return account;
        } catch (WireFormatException e) {
            // Only this machine writes accounts, so this is a bug of it: an Error stops the replica rather than guess
            // on.
            throw new AssertionError("an account in the state is none", e);
        }
    }
}
