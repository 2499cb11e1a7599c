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
        return "k=%d: each replica stores 1/%d of the history; it survives that any %s lost or silent%s"
                .formatted(k, k, count(n - k), withLiars());
    }

    private String withLiars() {
        int besides = n - k - f;
        if (f == 0) {
            return "";
        }
        return besides == 0
                ? ", liars included: none may be lost while %d lie%s".formatted(f, f == 1 ? "s" : "")
                : ", liars included: %d may be lost while %d lie%s".formatted(besides, f, f == 1 ? "s" : "");
    }

    private static String count(int replicas) {
        return replicas == 1 ? "1 replica is" : replicas + " replicas are";
    }
}
