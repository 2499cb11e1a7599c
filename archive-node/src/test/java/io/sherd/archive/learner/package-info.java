/** Tests of learner. */
@NullMarked
package io.sherd.archive.learner;

import org.jspecify.annotations.NullMarked;
