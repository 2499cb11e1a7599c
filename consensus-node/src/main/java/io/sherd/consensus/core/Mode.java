package io.sherd.consensus.core;

/**
 * Where a replica is in the protocol. The legal successors:
 *
 * <pre>
 *   Asking        to Active, ChangingView, Closing, whichever it was in when it stopped
 *   Active        to ChangingView, Closing
 *   ChangingView  to Active, ChangingView of a higher view, Closing, Rejoining
 *   Closing       to Active, ChangingView, Rejoining
 *   Rejoining     to Active
 * </pre>
 */
public sealed interface Mode {

    /** Has started, and asks what it has signed before: it signs nothing until n - f replicas have answered, itself included. */
    record Asking() implements Mode {}

    /** Takes part in its view. */
    record Active() implements Mode {}

    /**
     * Has left its view and votes in none until a NEW-VIEW opens one. Successors: Active, or Closing when the epoch's end is
     * known by then; another ChangingView when this view does not come either.
     *
     * @param view the view it asks for
     */
    record ChangingView(long view) implements Mode {}

    /**
     * The epoch is known to end at a position: votes only up to it, executes only up to it, and waits for its checkpoint to be
     * stable. Successors: Active in the next epoch; ChangingView when f + 1 others need one to decide the last positions;
     * Rejoining when the next member table has another directory or key for this replica.
     *
     * @param sequence the position of the epoch entry
     */
    record Closing(long sequence) implements Mode {}

    /**
     * The member table has another directory or another key for this replica: it follows, executes and signs nothing but REJOIN.
     * Successor: Active, in the epoch that its REJOIN opens, or that its key is of.
     */
    record Rejoining() implements Mode {}

    /**
     * {@return whether a replica may go from this mode to {@code next}}
     *
     * @param next the mode to enter
     */
    default boolean maySucceed(Mode next) {
        return switch (this) {
            case Asking _ -> !(next instanceof Asking) && !(next instanceof Rejoining);
            case Active _ -> next instanceof ChangingView || next instanceof Closing;
            case ChangingView(long view) ->
                switch (next) {
                    case Asking _ -> false;
                    case ChangingView(long higher) -> higher > view;
                    case Active _ -> true;
                    case Closing _ -> true;
                    case Rejoining _ -> true;
                };
            case Closing _ -> !(next instanceof Closing) && !(next instanceof Asking);
            case Rejoining _ -> next instanceof Active;
        };
    }
}
