/** Tests of scrubbing. */
@NullMarked
package io.sherd.archive.scrub;

import org.jspecify.annotations.NullMarked;
