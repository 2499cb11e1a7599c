/** The consensus node: a replica, which is an archive node that also votes. */
@NullMarked
package io.sherd.consensus;

import org.jspecify.annotations.NullMarked;
