package io.sherd.archive.restore;

import java.util.SortedMap;

/** No certified state can be had from what can be reached now: says what is wrong with each source. Retrying may help. */
public final class StateUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * An exception for one search.
     *
     * @param what what could not be had
     * @param troubles by source: what is wrong with it
     */
    StateUnavailableException(String what, SortedMap<Integer, String> troubles) {
        super(message(what, troubles));
    }

    private static String message(String what, SortedMap<Integer, String> troubles) {
        StringBuilder text = new StringBuilder(what);
        troubles.forEach((replica, trouble) ->
                text.append("; r").append(replica).append(": ").append(trouble));
        return text.toString();
    }
}
