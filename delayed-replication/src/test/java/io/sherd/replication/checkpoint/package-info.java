/** Tests of statements, certificates, closed epochs and receipts. */
@NullMarked
package io.sherd.replication.checkpoint;

import org.jspecify.annotations.NullMarked;
