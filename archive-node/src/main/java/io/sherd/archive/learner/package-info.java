/**
 * Learning in a real process: threads, clocks and connections around the {@link io.sherd.replication.learner.Learner}, which
 * knows none of them.
 */
@NullMarked
package io.sherd.archive.learner;

import org.jspecify.annotations.NullMarked;
