/** Tests of the genesis and the member tables that follow it. */
@NullMarked
package io.sherd.replication.genesis;

import org.jspecify.annotations.NullMarked;
