package io.sherd.archive.restore;

import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStatistics;
import io.sherd.archive.learner.ShortageException;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.store.StoreException;

/** Runs a learner whose sink is a replica's archive. */
final class ArchiveLearning {

    private ArchiveLearning() {}

    /** Runs it to its end; what its sink could not do comes out as what it was. */
    static LearnerStatistics run(LearnerDriver learner)
            throws StoreException, ShortageException, ContradictionException, InterruptedException {
        try {
            return learner.run();
        } catch (SinkException e) {
            if (e.getCause() instanceof ContradictionException contradiction) {
                throw contradiction;
            }
            throw e.getCause() instanceof StoreException store
                    ? store
                    : new StoreException(String.valueOf(e.getMessage()), e);
        }
    }
}
