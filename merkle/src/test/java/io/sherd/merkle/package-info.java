/**
 * Tests of the Merkle trees: vectors, the definition of RFC 6962 followed word for word ({@link
 * io.sherd.merkle.ReferenceTree}), and valid proofs broken one step at a time.
 */
@NullMarked
package io.sherd.merkle;

import org.jspecify.annotations.NullMarked;
