/** Tests of making proofs and of reading them. */
@NullMarked
package io.sherd.archive.proof;

import org.jspecify.annotations.NullMarked;
