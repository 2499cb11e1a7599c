package io.sherd.samples.tokens;

import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;

/**
 * The token ledger. It has no fields: all that it knows between two operations is in the {@link State}, so a replica that was
 * restarted or restored goes on exactly where the others are.
 */
public final class TokenLedger implements StateMachine {

    private static final Bytes ISSUER = text("issuer");
    private static final Bytes SUPPLY = text("supply");

    /** Made by whoever loads the jar. */
    public TokenLedger() {}

    @Override
    public String name() {
        return "token-ledger/1";
    }

    @Override
    public Bytes apply(State state, VerifyingKey client, Bytes operation) {
        try {
            return text(
                    switch (TokenOperation.parse(operation)) {
                        case TokenOperation.Open open -> open(state, client, open.account());
                        case TokenOperation.Mint mint -> mint(state, client, mint);
                        case TokenOperation.Transfer transfer -> transfer(state, client, transfer);
                        case TokenOperation.Balance balance ->
                            "ok " + account(state, balance.account()).balance();
                        case TokenOperation.Supply _ -> "ok " + supply(state);
                    });
        } catch (RefusedException e) {
            return text("refused: " + e.getMessage());
        }
    }

    private static String open(State state, VerifyingKey client, String name) throws RefusedException {
        if (state.get(key(name)) != null) {
            throw new RefusedException("there is an account " + name);
        }
        state.put(key(name), new Account(client, 0).encoded());
        return "ok 0";
    }

    private static String mint(State state, VerifyingKey client, TokenOperation.Mint mint) throws RefusedException {
        Bytes issuer = state.get(ISSUER);
        Bytes self = new ByteWriter(32).digest(client.raw()).toBytes();
        if (issuer != null && !issuer.equals(self)) {
            throw new RefusedException("only the issuer may mint");
        }
        Account account = account(state, mint.account());
        long supply = supply(state);
        if (supply > Long.MAX_VALUE - mint.amount()) {
            throw new RefusedException("there would be too many tokens");
        }
        // No account has more than all tokens, so this cannot be too large either.
        long balance = account.balance() + mint.amount();
        state.put(ISSUER, self);
        state.put(SUPPLY, new ByteWriter(8).u64(supply + mint.amount()).toBytes());
        state.put(key(mint.account()), new Account(account.owner(), balance).encoded());
        return "ok " + balance;
    }

    private static String transfer(State state, VerifyingKey client, TokenOperation.Transfer transfer)
            throws RefusedException {
        Account from = account(state, transfer.from());
        if (!from.owner().equals(client)) {
            throw new RefusedException(transfer.from() + " is another client's");
        }
        if (from.balance() < transfer.amount()) {
            throw new RefusedException(transfer.from() + " has only " + from.balance());
        }
        Account _ = account(state, transfer.to());
        state.put(key(transfer.from()), new Account(client, from.balance() - transfer.amount()).encoded());
        // Read again behind that write: both may be one account.
        Account to = account(state, transfer.to());
        state.put(key(transfer.to()), new Account(to.owner(), to.balance() + transfer.amount()).encoded());
        return "ok " + account(state, transfer.from()).balance();
    }

    private static Account account(State state, String name) throws RefusedException {
        Bytes stored = state.get(key(name));
        if (stored == null) {
            throw new RefusedException("there is no account " + name);
        }
        return Account.decode(stored);
    }

    private static long supply(State state) {
        Bytes stored = state.get(SUPPLY);
        try {
            return stored == null ? 0 : new ByteReader(stored).u64();
        } catch (WireFormatException e) {
            throw new AssertionError("the supply in the state is no number", e);
        }
    }

    private static Bytes key(String account) {
        return text("account/" + account);
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
