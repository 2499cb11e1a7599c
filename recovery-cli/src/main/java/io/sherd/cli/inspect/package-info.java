/** What {@code sherd inspect} shows: one file a kind of thing, each read without a write and judged against the genesis. */
@NullMarked
package io.sherd.cli.inspect;

import org.jspecify.annotations.NullMarked;
