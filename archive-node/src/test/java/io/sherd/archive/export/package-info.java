/** Tests of exported archives. */
@NullMarked
package io.sherd.archive.export;

import org.jspecify.annotations.NullMarked;
