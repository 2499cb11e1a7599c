/**
 * Tests of the state: the tree against the definition followed word for word
 * ({@link io.sherd.archive.state.ReferenceStateTree}), one contract for every store, transfers in chunks with valid ones
 * broken, and the fold that executes each operation at most once.
 */
@NullMarked
package io.sherd.archive.state;

import org.jspecify.annotations.NullMarked;
