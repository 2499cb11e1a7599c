/**
 * The tour: a cluster of real processes orders a real input, a learner rebuilds it byte for byte, a replica is killed, wiped
 * and restored, a piece rots and is repaired.
 *
 * <p>The input is a file of lines. Each line is one {@link io.sherd.cli.demo.DemoTransaction}, appended to one of a thousand
 * accounts whose state is a counter and a rolling hash; it carries its line number, so that a learner can write the very
 * same file again, whatever the order in which lines were decided.
 */
@NullMarked
package io.sherd.cli.demo;

import org.jspecify.annotations.NullMarked;
