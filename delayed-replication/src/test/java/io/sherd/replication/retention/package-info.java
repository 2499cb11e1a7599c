/** The retention rule, step by step, in every state of a small cluster, and on long walks through larger ones. */
@NullMarked
package io.sherd.replication.retention;

import org.jspecify.annotations.NullMarked;
