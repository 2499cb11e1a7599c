package io.sherd.replication.learner;

/**
 * Why an answer was not taken.
 *
 * @param reason its name
 * @param detail what was expected and what was found
 */
record Refusal(LearnerIgnoreReason reason, String detail) {}
