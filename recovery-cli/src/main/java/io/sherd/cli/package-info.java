/** The command line: {@code sherd}, the one program a user starts. */
@NullMarked
package io.sherd.cli;

import org.jspecify.annotations.NullMarked;
