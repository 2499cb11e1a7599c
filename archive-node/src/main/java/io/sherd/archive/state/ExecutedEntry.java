package io.sherd.archive.state;

import java.util.List;

/**
 * What became of an entry.
 *
 * @param sequence its position
 * @param results one for each operation of its batch, in order; none for a null request, a seal or an epoch entry
 */
public record ExecutedEntry(long sequence, List<OperationResult> results) {

    /** Copies the list. */
    public ExecutedEntry {
        results = List.copyOf(results);
    }
}
