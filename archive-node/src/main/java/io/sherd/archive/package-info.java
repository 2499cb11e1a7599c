/** The archive node: stores, serves, checks and repairs the pieces of the ledger's segments. */
@NullMarked
package io.sherd.archive;

import org.jspecify.annotations.NullMarked;
