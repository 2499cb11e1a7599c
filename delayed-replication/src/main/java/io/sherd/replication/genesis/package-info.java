/**
 * The one trust root. Whoever holds the genesis file needs to trust nobody else: it names the cluster's size, its limits and
 * the keys of its first members, and the cluster id is the hash of all of it. Later members follow from it by a chain of
 * closing certificates, one an epoch.
 */
@NullMarked
package io.sherd.replication.genesis;

import org.jspecify.annotations.NullMarked;
