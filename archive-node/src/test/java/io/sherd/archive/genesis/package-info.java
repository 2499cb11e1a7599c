/** Tests of genesis. */
@NullMarked
package io.sherd.archive.genesis;

import org.jspecify.annotations.NullMarked;
