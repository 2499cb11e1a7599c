package io.sherd.cli.output;

import java.util.List;

/**
 * A command's answer, from which both the text for people and the document for programs are made. Implemented by records:
 * their components, in order, are the document's fields.
 */
public interface Report {
    /** {@return name and version of the document, such as {@code sherd.status/1}; fields may be added under one version} */
    String schema();

    /** {@return the lines for people} */
    List<String> text();
}
