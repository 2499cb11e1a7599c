@NullMarked
package io.sherd.consensus.ledger;

import org.jspecify.annotations.NullMarked;
