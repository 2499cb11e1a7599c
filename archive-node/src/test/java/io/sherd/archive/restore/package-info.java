/** Tests of restore. */
@NullMarked
package io.sherd.archive.restore;

import org.jspecify.annotations.NullMarked;
