package io.sherd.consensus.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A bug of the museum: what to replace in the core's sources, and a seed that finds it. */
record Exhibit(String name, String what, String from, List<Edit> edits, int replicas, long seed) {

    private static final Path MUSEUM = Path.of("src", "test", "museum");

    /** One text in one file, and what stands there instead. */
    record Edit(String file, String before, String after) {}

    static List<Exhibit> all() throws IOException {
        try (Stream<Path> files = Files.list(MUSEUM)) {
            List<Exhibit> exhibits = new ArrayList<>();
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                exhibits.add(read(file));
            }
            return exhibits;
        }
    }

    static Exhibit named(String name) throws IOException {
        return read(MUSEUM.resolve(name + ".txt"));
    }

    /** Writes down another seed as the one that finds it. */
    void record(long found) throws IOException {
        Path path = MUSEUM.resolve(name + ".txt");
        String text = Files.readString(path);
        Files.writeString(path, text.replaceFirst("(?m)^seed: .*$", "seed: " + found));
    }

    private static Exhibit read(Path path) throws IOException {
        String what = "";
        String from = "";
        int replicas = 0;
        long seed = 0;
        List<String> files = new ArrayList<>();
        List<List<String>> before = new ArrayList<>();
        List<List<String>> after = new ArrayList<>();
        for (String line : Files.readAllLines(path)) {
            if (line.startsWith("file: ")) {
                files.add(line.substring(6));
                before.add(new ArrayList<>());
                after.add(new ArrayList<>());
            } else if (line.startsWith("- ")) {
                before.getLast().add(line.substring(2));
            } else if (line.startsWith("+ ")) {
                after.getLast().add(line.substring(2));
            } else if (line.startsWith("what: ")) {
                what = line.substring(6);
            } else if (line.startsWith("from: ")) {
                from = line.substring(6);
            } else if (line.startsWith("replicas: ")) {
                replicas = Integer.parseInt(line.substring(10));
            } else if (line.startsWith("seed: ")) {
                seed = Long.parseLong(line.substring(6));
            } else {
                throw new IOException(path + " has a line that is none: " + line);
            }
        }
        List<Edit> edits = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            edits.add(new Edit(files.get(i), String.join("\n", before.get(i)), String.join("\n", after.get(i))));
        }
        String name = String.valueOf(path.getFileName()).replace(".txt", "");
        return new Exhibit(name, what, from, List.copyOf(edits), replicas, seed);
    }

    @Override
    public String toString() {
        return name;
    }
}
