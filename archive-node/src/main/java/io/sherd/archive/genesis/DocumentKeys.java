package io.sherd.archive.genesis;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;

/**
 * Compares the keys of a document (JSON or YAML) with the records that it is read into, before it is read: an unknown key is
 * found at its own place and together with the name that was probably meant, and not as the absence of that name.
 *
 * <p>Keys are the records' component names, written with hyphens. Components that are records, or lists of records, are
 * compared too; anything else is left to whoever reads the document.
 */
public final class DocumentKeys {

    private DocumentKeys() {}

    /**
     * A key that should not be there, or one that is missing.
     *
     * @param line line of the key, or of the object that lacks it, from 1
     * @param column column, from 1
     * @param message what is wrong, with the nearest known name if there is one
     */
    public record Problem(int line, int column, String message) {}

    /**
     * The first problem of a document, if it has one.
     *
     * @param parser at the start of the document; it is read to its end, or to the problem
     * @param document what the document is read into
     * @param allRequired whether a key that is missing is a problem too
     * @throws tools.jackson.core.JacksonException if the document is not well-formed
     */
    public static Optional<Problem> firstProblem(
            JsonParser parser, Class<? extends Record> document, boolean allRequired) {
        return value(parser, parser.nextToken(), document, allRequired);
    }

    private static Optional<Problem> value(
            JsonParser parser, @Nullable JsonToken token, @Nullable Type type, boolean allRequired) {
        if (token == JsonToken.START_OBJECT && type instanceof Class<?> record && record.isRecord()) {
            return object(parser, record, allRequired);
        }
        if (token == JsonToken.START_ARRAY && type instanceof ParameterizedType list) {
            Type element = list.getActualTypeArguments()[0];
            for (JsonToken next = parser.nextToken();
                    next != null && next != JsonToken.END_ARRAY;
                    next = parser.nextToken()) {
                Optional<Problem> problem = value(parser, next, element, allRequired);
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        }
        parser.skipChildren();
        return Optional.empty();
    }

    private static Optional<Problem> object(JsonParser parser, Class<?> record, boolean allRequired) {
        TokenStreamLocation start = parser.currentTokenLocation();
        Map<String, Type> known = keysOf(record);
        TreeSet<String> missing = new TreeSet<>(known.keySet());
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (!known.containsKey(key)) {
                String guess = NearestName.of(key, known.keySet())
                        .map(name -> ", did you mean \"" + name + "\"?")
                        .orElse("");
                return problem(parser.currentTokenLocation(), "unknown key \"" + key + "\"" + guess);
            }
            missing.remove(key);
            Optional<Problem> inside = value(parser, parser.nextToken(), known.get(key), allRequired);
            if (inside.isPresent()) {
                return inside;
            }
        }
        return allRequired && !missing.isEmpty()
                ? problem(start, "missing key \"" + missing.first() + "\"")
                : Optional.empty();
    }

    private static Map<String, Type> keysOf(Class<?> record) {
        Map<String, Type> keys = new LinkedHashMap<>();
        for (RecordComponent component : record.getRecordComponents()) {
            keys.put(hyphenated(component.getName()), component.getGenericType());
        }
        return keys;
    }

    /** {@code tlsPin} to {@code tls-pin}. */
    private static String hyphenated(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static Optional<Problem> problem(TokenStreamLocation place, String message) {
        return Optional.of(new Problem(place.getLineNr(), place.getColumnNr(), message));
    }
}
