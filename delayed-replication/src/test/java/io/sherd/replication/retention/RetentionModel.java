package io.sherd.replication.retention;

import io.sherd.replication.Quorums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A cluster and one segment: who keeps what of it, and everything that may happen next. Each replica's part is a real
 * {@link Holding}; the model adds who is faulty now, and which receipts are in the air.
 *
 * <p>At most f are faulty at a time, and they move. A faulty one is the worst that a replica can be: it says that it has its piece, has
 * lost everything, and helps nobody. When it is mended it has joined again, and decodes the segment from what the correct ones hold; until
 * it has finished it still counts among the f. A correct replica that is slow needs nothing special: none of its steps has to come.
 */
final class RetentionModel {

    /** Parts of the rule that a test leaves out, to see that it needs them. */
    enum Rule {
        WHOLE,
        WITHOUT_HINTS,
        WITHOUT_RULE_FOUR
    }

    enum Standing {
        CORRECT,
        FAULTY,
        /** Has decoded the segment, and not finished yet what it owes. */
        RESTORING
    }

    /**
     * What is so at one moment.
     *
     * @param standings of each replica
     * @param holdings of each replica
     * @param spoken whose receipt is in the air: any replica may hear it at any time, or never
     * @param stable whether n - f replicas have signed the checkpoint
     */
    record State(List<Standing> standings, List<Holding> holdings, ReplicaSet spoken, boolean stable) {

        State {
            standings = List.copyOf(standings);
            holdings = List.copyOf(holdings);
        }

        boolean is(int replica, Standing standing) {
            return standings.get(replica) == standing;
        }

        Holding of(int replica) {
            return holdings.get(replica);
        }
    }

    /**
     * Something that may happen.
     *
     * @param what in words
     * @param after it
     */
    record Step(String what, State after) {}

    private final Quorums quorums;
    private final int piecesNeeded;
    private final Rule rule;
    private final List<int[]> quorumsOfCorrect = new ArrayList<>();

    RetentionModel(Quorums quorums, int piecesNeeded, Rule rule) {
        this.quorums = quorums;
        this.piecesNeeded = piecesNeeded;
        this.rule = rule;
        addQuorums(new int[quorums.quorum()], 0, 0);
    }

    /** Nobody has sealed the segment. */
    State start() {
        int n = quorums.replicaCount();
        return new State(
                perReplica(_ -> Standing.CORRECT),
                perReplica(replica -> Holding.commitmentOnly(replica, n, ReplicaSet.NONE)),
                ReplicaSet.NONE,
                false);
    }

    /** Whether any n - f correct replicas can rebuild the segment, once it is sealed. */
    boolean isSafe(State state) {
        if (!state.stable()) {
            return true;
        }
        for (int[] quorum : quorumsOfCorrect) {
            if (IntStream.of(quorum).allMatch(replica -> state.is(replica, Standing.CORRECT))
                    && !canRebuild(IntStream.of(quorum).mapToObj(state::of).toList())) {
                return false;
            }
        }
        return true;
    }

    /** Everything that may happen next. */
    List<Step> next(State state) {
        List<Step> steps = new ArrayList<>();
        for (int replica = 0; replica < quorums.replicaCount(); replica++) {
            switch (state.standings().get(replica)) {
                case CORRECT -> {
                    seal(state, replica, steps);
                    fetchOwnPiece(state, replica, steps);
                    hear(state, replica, steps);
                    letGo(state, replica, steps);
                    fail(state, replica, steps);
                }
                case FAULTY -> mend(state, replica, steps);
                case RESTORING -> {
                    hear(state, replica, steps);
                    finish(state, replica, steps);
                }
            }
        }
        if (!state.stable() && quorums.isQuorum(state.spoken().size())) {
            steps.add(new Step(
                    "the checkpoint is stable",
                    new State(
                            state.standings(),
                            state.holdings().stream().map(Holding::becameStable).toList(),
                            state.spoken(),
                            true)));
        }
        return steps;
    }

    private void seal(State state, int replica, List<Step> steps) {
        Holding holding = state.of(replica);
        boolean hasEntries = !state.stable() || correct(state).stream().anyMatch(Holding::fullBytes);
        if (!holding.ownPiece() && !holding.fullBytes() && hasEntries) {
            Holding sealed = Holding.sealed(replica, quorums.replicaCount(), holding.exempt());
            steps.add(new Step(
                    replica + " seals", with(state, replica, state.stable() ? sealed.becameStable() : sealed, true)));
        }
    }

    /** One that was away gets its own piece from whoever can serve it, and nothing else. */
    private void fetchOwnPiece(State state, int replica, List<Step> steps) {
        Holding holding = state.of(replica);
        boolean canHaveIt =
                correct(state).stream().anyMatch(peer -> peer.serves().contains(replica)) || canRebuild(correct(state));
        if (state.stable() && !holding.ownPiece() && !holding.fullBytes() && canHaveIt) {
            steps.add(new Step(replica + " fetches its own piece", with(state, replica, holding.gotOwnPiece(), true)));
        }
    }

    private void hear(State state, int replica, List<Step> steps) {
        Holding holding = state.of(replica);
        for (int peer :
                state.spoken().without(replica).minus(holding.receipts()).toList()) {
            // Elsewhere a receipt changes nothing that the rule looks at.
            boolean matters =
                    holding.hintsOwed().contains(peer) || holding.hints().contains(peer);
            if (matters) {
                steps.add(new Step(
                        "%d hears the receipt of %d".formatted(replica, peer),
                        with(state, replica, heard(holding, peer), false)));
            }
        }
    }

    private static Holding heard(Holding holding, int peer) {
        Holding now = holding.received(peer);
        for (int owner : now.hintsToDelete().toList()) {
            now = now.deletedHint(owner);
        }
        return now.fullBytes() ? now : now.forgotReceipts();
    }

    /** Hints are made durable one by one; the full bytes go when the rule says so. */
    private void letGo(State state, int replica, List<Step> steps) {
        Holding holding = rule == Rule.WITHOUT_HINTS ? withoutHints(state.of(replica)) : state.of(replica);
        makeHints(state, replica, holding, steps);
        if (holding.mayDrop()) {
            steps.add(new Step(
                    replica + " drops the full bytes",
                    with(state, replica, holding.dropped().forgotReceipts(), false)));
        }
    }

    private static void makeHints(State state, int replica, Holding holding, List<Step> steps) {
        for (int owner : holding.hintsOwed().toList()) {
            steps.add(new Step(
                    "%d makes a hint for %d".formatted(replica, owner),
                    with(state, replica, holding.madeHint(owner), false)));
        }
    }

    private static Holding withoutHints(Holding holding) {
        Holding now = holding;
        for (int peer : holding.hintsOwed().toList()) {
            now = now.received(peer);
        }
        return now;
    }

    private void fail(State state, int replica, List<Step> steps) {
        long faulty = state.standings().stream()
                .filter(standing -> standing != Standing.CORRECT)
                .count();
        if (faulty < quorums.faultLimit()) {
            Holding nothing = Holding.commitmentOnly(
                    replica, quorums.replicaCount(), state.of(replica).exempt());
            Holding lost = state.stable() ? nothing.becameStable() : nothing;
            steps.add(new Step(
                    replica + " loses all and lies", with(with(state, replica, Standing.FAULTY), replica, lost, true)));
        }
    }

    private void mend(State state, int replica, List<Step> steps) {
        boolean nobodySealed = state.holdings().stream().noneMatch(Holding::ownPiece);
        if (nobodySealed && !state.stable()) {
            State mended = with(state, replica, Standing.CORRECT);
            steps.add(new Step(
                    replica + " is mended before there is a segment",
                    new State(
                            mended.standings(),
                            mended.holdings(),
                            mended.spoken().without(replica),
                            false)));
        }
        if (!state.stable() || !canRebuild(correct(state))) {
            return;
        }
        List<Holding> told = new ArrayList<>(
                state.holdings().stream().map(peer -> peer.joinedAgain(replica)).toList());
        Holding decoded = Holding.sealed(
                        replica, quorums.replicaCount(), told.get(replica).exempt())
                .becameStable();
        if (rule == Rule.WITHOUT_RULE_FOUR) {
            told.set(replica, withoutHints(decoded).dropped().forgotReceipts());
            steps.add(new Step(
                    replica + " is restored with its own piece only",
                    new State(
                            standing(state, replica, Standing.CORRECT),
                            told,
                            state.spoken().with(replica),
                            true)));
        } else {
            told.set(replica, decoded);
            steps.add(new Step(
                    replica + " joins again and decodes",
                    new State(
                            standing(state, replica, Standing.RESTORING),
                            told,
                            state.spoken().without(replica),
                            true)));
        }
    }

    /** A restored replica that has made every hint that it owes is one of the correct again. */
    private void finish(State state, int replica, List<Step> steps) {
        Holding holding = state.of(replica);
        makeHints(state, replica, holding, steps);
        if (holding.mayDrop()) {
            Holding whole = holding.dropped().forgotReceipts();
            steps.add(new Step(
                    replica + " is whole", with(with(state, replica, Standing.CORRECT), replica, whole, true)));
        }
    }

    private boolean canRebuild(List<Holding> holdings) {
        return Slack.pieces(holdings.stream().map(Holding::serves).toList()) >= piecesNeeded;
    }

    private static List<Holding> correct(State state) {
        return state.holdings().stream()
                .filter(holding -> state.is(holding.self(), Standing.CORRECT))
                .toList();
    }

    private static State with(State state, int replica, Holding holding, boolean speaks) {
        List<Holding> holdings = new ArrayList<>(state.holdings());
        holdings.set(replica, holding);
        ReplicaSet spoken = speaks ? state.spoken().with(replica) : state.spoken();
        return new State(state.standings(), holdings, spoken, state.stable());
    }

    private static State with(State state, int replica, Standing standing) {
        return new State(standing(state, replica, standing), state.holdings(), state.spoken(), state.stable());
    }

    private static List<Standing> standing(State state, int replica, Standing standing) {
        List<Standing> standings = new ArrayList<>(state.standings());
        standings.set(replica, standing);
        return standings;
    }

    private <T> List<T> perReplica(IntFunction<T> value) {
        return IntStream.range(0, quorums.replicaCount()).mapToObj(value).toList();
    }

    private void addQuorums(int[] chosen, int count, int from) {
        if (count == chosen.length) {
            quorumsOfCorrect.add(chosen.clone());
            return;
        }
        for (int replica = from; replica < quorums.replicaCount(); replica++) {
            chosen[count] = replica;
            addQuorums(chosen, count + 1, replica + 1);
        }
    }
}
