package io.sherd.archive.genesis;

import io.sherd.archive.files.BoundedFile;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes genesis files. */
public final class GenesisFile {

    /** Far above the largest genesis: 256 replicas, 10,000 client and 10,000 admin keys. */
    private static final int MAX_FILE_BYTES = 4 * 1024 * 1024;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private GenesisFile() {}

    /**
     * Reads a genesis file and checks it, the stated cluster id included.
     *
     * @throws GenesisException if it cannot be read, or is not a genesis
     */
    public static Genesis read(Path file) throws GenesisException {
        byte[] content;
        try {
            content = BoundedFile.read(file, MAX_FILE_BYTES);
        } catch (NoSuchFileException e) {
            throw new GenesisException("there is no file " + file, e);
        } catch (IOException e) {
            throw new GenesisException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (content.length == 0) {
            throw new GenesisException(file + " is empty", 0, 0);
        }
        if (content.length > MAX_FILE_BYTES) {
            throw new GenesisException(file + " is larger than any genesis", 0, 0);
        }
        return parse(new String(content, StandardCharsets.UTF_8), file.toString());
    }

    /**
     * Reads a genesis from its text and checks it, the stated cluster id included.
     *
     * @param text the JSON document
     * @param source what to call the text in messages, such as the file's path
     * @throws GenesisException if it is not a genesis
     */
    public static Genesis parse(String text, String source) throws GenesisException {
        GenesisDocument document = document(text, source);
        Genesis genesis;
        try {
            genesis = document.toGenesis();
        } catch (IllegalArgumentException e) {
            throw new GenesisException(source + ": " + e.getMessage(), e);
        }
        if (!genesis.clusterId().hex().equals(document.clusterId())) {
            throw new GenesisException(
                    "%s: it states the cluster id %s, but what is in it has the cluster id %s"
                            .formatted(source, document.clusterId(), genesis.clusterId()),
                    0,
                    0);
        }
        return genesis;
    }

    /** The text of a genesis file, with a line feed at its end. */
    public static String format(Genesis genesis) {
        return JSON.writeValueAsString(GenesisDocument.of(genesis)) + "\n";
    }

    /**
     * Writes a genesis to a new file.
     *
     * @throws IOException if the file exists or cannot be written
     */
    public static void write(Path file, Genesis genesis) throws IOException {
        Files.writeString(file, format(genesis), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static GenesisDocument document(String text, String source) throws GenesisException {
        try {
            checkKeys(text, source);
            GenesisDocument document = JSON.readValue(text, GenesisDocument.class);
            if (document == null) {
                throw new GenesisException(source + ": expected a JSON object, found null", 1, 1);
            }
            return document;
        } catch (DatabindException e) {
            throw located(e, source, path(e) + reason(e));
        } catch (JacksonException e) {
            throw located(e, source, e.getOriginalMessage());
        }
    }

    private static void checkKeys(String text, String source) throws GenesisException {
        try (JsonParser parser = JSON.createParser(text)) {
            DocumentKeys.Problem problem = DocumentKeys.firstProblem(parser, GenesisDocument.class, true)
                    .orElse(null);
            if (problem != null) {
                throw new GenesisException(
                        "%s:%d:%d: %s".formatted(source, problem.line(), problem.column(), problem.message()),
                        problem.line(),
                        problem.column());
            }
        }
    }

    /** What a value's own constructor refused, else what the reader says. */
    private static String reason(DatabindException e) {
        return e.getCause() instanceof IllegalArgumentException refused && refused.getMessage() != null
                ? refused.getMessage()
                : e.getOriginalMessage();
    }

    private static String path(DatabindException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.isEmpty() ? "" : path + ": ";
    }

    private static GenesisException located(JacksonException e, String source, String what) {
        TokenStreamLocation place = e.getLocation();
        int line = place == null ? 0 : Math.max(place.getLineNr(), 0);
        int column = place == null ? 0 : Math.max(place.getColumnNr(), 0);
        String where = line == 0 ? source : source + ":" + line + ":" + column;
        GenesisException located = new GenesisException(where + ": " + what, line, column);
        located.initCause(e);
        return located;
    }
}
