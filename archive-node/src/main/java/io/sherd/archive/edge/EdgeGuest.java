package io.sherd.archive.edge;

/** The call that a service of the edge answers, as a guest of the edge: it may lose its place to another ({@link Places}). */
public interface EdgeGuest {

    /**
     * This call is of use to someone whom the cluster knows: no stranger takes its place. To be called only on a proof that a
     * stranger can neither make nor repeat. Calls that end with their answer need none.
     *
     * @param holder who proved it; {@link EdgeLimits#streamsPerHolder} bounds the places that one keeps
     */
    void engagedBy(Object holder);

    /**
     * What else is to be done when the call loses its place. gRPC tells the service that the call is cancelled only once the
     * peer could be told.
     *
     * @param told called by any thread, at most once
     */
    void whenDisplaced(Runnable told);

    /** The call that the calling thread answers; one that nobody displaces if there is no edge around it. */
    static EdgeGuest ofThisCall() {
        EdgeGuest guest = CallAdmission.current();
        return guest == null ? Undisturbed.CALL : guest;
    }

    /** A call without an edge. */
    enum Undisturbed implements EdgeGuest {
        /** Nobody wants its place. */
        CALL;

        @Override
        public void engagedBy(Object holder) {
            // It keeps its place in any case.
        }

        @Override
        public void whenDisplaced(Runnable told) {
            // It never is.
        }
    }
}
