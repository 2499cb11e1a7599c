/** Tests of where state machines come from. */
@NullMarked
package io.sherd.archive.machine;

import org.jspecify.annotations.NullMarked;
