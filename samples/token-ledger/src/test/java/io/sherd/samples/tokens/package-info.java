/** Tests of the sample: its rules by themselves, and in a cluster. */
@NullMarked
package io.sherd.samples.tokens;

import org.jspecify.annotations.NullMarked;
