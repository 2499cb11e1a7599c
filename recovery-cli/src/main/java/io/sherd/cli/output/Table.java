package io.sherd.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Columns of text, each as wide as its widest cell, two spaces apart, no spaces at the ends of lines. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * A table with its first row.
     *
     * @param head the columns' names
     */
    public Table(String... head) {
        rows.add(List.of(head));
    }

    /**
     * Adds a row.
     *
     * @param cells as many as there are columns
     * @return this table
     */
    public Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        if (row.size() != rows.getFirst().size()) {
            throw new IllegalArgumentException("%d cells in a table of %d columns"
                    .formatted(row.size(), rows.getFirst().size()));
        }
        rows.add(row);
        return this;
    }

    /** {@return the lines} */
    public List<String> lines() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            line.append(row.get(i)).repeat(" ", widths[i] - row.get(i).length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
