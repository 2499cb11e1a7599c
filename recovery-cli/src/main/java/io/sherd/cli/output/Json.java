package io.sherd.cli.output;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the commands write and read it: one document a line, fields in the order in which they are declared. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(tools.jackson.databind.MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private Json() {}

    /**
     * {@return a report as one line, its schema first}
     *
     * @param report any report
     */
    public static String line(Report report) {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("schema", report.schema());
        if (!(MAPPER.valueToTree(report) instanceof ObjectNode fields)) {
            throw new IllegalArgumentException(report.getClass() + " is not a record");
        }
        document.setAll(fields);
        return MAPPER.writeValueAsString(document);
    }

    /**
     * {@return a failure as one line}
     *
     * @param failure why a command did not do what it was asked
     */
    public static String line(CommandFailure failure) {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("schema", "sherd.error/1");
        document.put("exitCode", failure.exitCode().code());
        document.put("word", failure.word());
        document.put("message", failure.getMessage());
        failure.facts().forEach(document.putArray("facts")::add);
        document.put("hint", failure.hint());
        return MAPPER.writeValueAsString(document);
    }

    /**
     * {@return a document}
     *
     * @param text one JSON document
     * @throws tools.jackson.core.JacksonException if it is none
     */
    public static JsonNode read(String text) {
        return MAPPER.readTree(text);
    }

    /**
     * {@return a document as a value}
     *
     * @param text one JSON document
     * @param type the record to read
     * @param <T> the record to read
     * @throws tools.jackson.core.JacksonException if it is none
     */
    public static <T> T read(String text, Class<T> type) {
        return MAPPER.readValue(text, type);
    }

    /**
     * {@return any value as one line}
     *
     * @param value a record, map or list of plain values
     */
    public static String of(Object value) {
        return MAPPER.writeValueAsString(value);
    }
}
