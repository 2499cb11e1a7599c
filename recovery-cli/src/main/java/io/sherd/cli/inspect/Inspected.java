package io.sherd.cli.inspect;

import io.sherd.cli.output.Report;

/**
 * Something that was looked at, and what is to be thought of it. All kinds are documents of one schema, told apart by their
 * first field, {@code kind}.
 */
public interface Inspected extends Report {
    /** {@return what it is: manifest, segment, piece, checkpoint, entry, state, genesis, limits} */
    String kind();

    /** {@return what the command ends with} */
    int exitCode();

    @Override
    default String schema() {
        return "sherd.inspect/1";
    }
}
