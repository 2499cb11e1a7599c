/** What the tests of this module share: a keyed hash in place of signatures, small clusters, and ledgers made from a seed. */
@NullMarked
package io.sherd.replication.testing;

import org.jspecify.annotations.NullMarked;
