/** Tests of requests, batches and entries. */
@NullMarked
package io.sherd.replication.ledger;

import org.jspecify.annotations.NullMarked;
