/** Tests of the learner: scripted ones, and a seeded simulation with lying, silent and crashed sources. */
@NullMarked
package io.sherd.replication.learner;

import org.jspecify.annotations.NullMarked;
