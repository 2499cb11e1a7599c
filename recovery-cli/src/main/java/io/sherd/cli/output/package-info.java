/**
 * How every command speaks: the answer goes to standard output, as text or as one JSON document made from the same
 * {@link io.sherd.cli.output.Report}; progress and errors go to standard error; the process ends with an
 * {@link io.sherd.cli.output.ExitCode}.
 *
 * <p>An error has one form, whoever found it:
 *
 * <pre>
 *   error[piece.insufficient]: segment 17 cannot be rebuilt: 2 valid pieces, 3 needed
 *     r3 unreachable 127.0.0.1:7403
 *     hint: start r3, then run `sherd restore` again
 * </pre>
 *
 * <p>The word in brackets is stable: programs may rely on it as on the exit code.
 */
@NullMarked
package io.sherd.cli.output;

import org.jspecify.annotations.NullMarked;
