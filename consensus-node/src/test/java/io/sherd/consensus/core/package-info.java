/** The core, one replica at a time: exactly which effects an event has. */
@NullMarked
package io.sherd.consensus.core;

import org.jspecify.annotations.NullMarked;
