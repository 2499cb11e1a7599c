/** Tests of crypto. */
@NullMarked
package io.sherd.archive.crypto;

import org.jspecify.annotations.NullMarked;
