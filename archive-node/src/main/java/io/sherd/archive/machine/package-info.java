/**
 * Where a state machine comes from: from Sherd, or from a jar that the genesis names by its hash.
 *
 * <p>A jar is read once, whole, and its classes are made from the bytes that were hashed, so a file that is replaced while a
 * replica runs changes nothing. A machine sees the JDK and the port's packages ({@code io.sherd.replication},
 * {@code io.sherd.merkle}) and its own jar, nothing else of this process: neither the libraries that Sherd happens to bring nor
 * their versions can change what it does.
 */
@NullMarked
package io.sherd.archive.machine;

import org.jspecify.annotations.NullMarked;
