package io.sherd.cli;

/**
 * What the number of pieces that rebuild a segment costs, and what it survives, in words for whoever chose it.
 *
 * @param n replicas
 * @param f faulty ones that the cluster tolerates
 * @param k pieces that rebuild a segment
 */
record PieceChoice(int n, int f, int k) {

    /** One sentence. */
    String words() {
        return "k=%d: each replica stores 1/%d of the history; any %d that are up and honest can read it%s"
                .formatted(k, k, k, spared());
    }

    private String spared() {
        if (n == k) {
            return ", so none may be lost";
        }
        int besides = n - k - f;
        if (f == 0) {
            return ", so %d may be lost".formatted(n - k);
        }
        return besides == 0
                ? ", so %d may be lost or lie".formatted(f)
                : ", so %d may be lost or lie, %d of them lying at most".formatted(n - k, f);
    }
}
