/** The ledger of a replica: what it executes, seals and keeps. */
@NullMarked
package io.sherd.consensus.ledger;

import org.jspecify.annotations.NullMarked;
