/** Clusters on this machine: made by {@code init}, started and stopped as background processes. */
@NullMarked
package io.sherd.cli.cluster;

import org.jspecify.annotations.NullMarked;
