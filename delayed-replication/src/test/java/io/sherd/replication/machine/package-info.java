/** Tests of how a state machine is run. */
@NullMarked
package io.sherd.replication.machine;

import org.jspecify.annotations.NullMarked;
