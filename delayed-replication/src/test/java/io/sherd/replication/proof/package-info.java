/** Tests of proofs. */
@NullMarked
package io.sherd.replication.proof;

import org.jspecify.annotations.NullMarked;
