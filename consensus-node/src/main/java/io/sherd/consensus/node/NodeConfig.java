package io.sherd.consensus.node;

import io.sherd.archive.files.BoundedFile;
import io.sherd.archive.genesis.DocumentKeys;
import io.sherd.archive.genesis.Durations;
import io.sherd.archive.scrub.ScrubSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The configuration of one replica's process: which replica it is, and where its files are. What replicas must agree on is
 * in the genesis, never here.
 *
 * <pre>
 *   replica: 0                      # its number in the genesis
 *   genesis: genesis.json
 *   data-dir: r0
 *   ledger-key: keys/ledger.key     # what it signs with
 *   tls-key: keys/tls.key           # what its links and its edge show
 *   tls-certificate: keys/tls.crt
 *   peer-listen: 0.0.0.0:7400       # optional: where to listen, if not on the address of the genesis
 *   edge-listen: 0.0.0.0:7500       # optional
 *   state-machine-jar: tokens.jar   # if the genesis names a state machine of a jar
 *   check-determinism: true         # optional: execute everything twice and compare; costs as much again
 *   keep-entry-bytes: 1073741824    # optional: full entries kept for replicas that are away
 *   scrub-rate: 20971520            # optional: bytes that a scrub reads in a second, at most
 *   scrub-period: 7d                # optional: from the beginning of one scrub to that of the next
 *   scrub-repair: auto              # optional: or report, then what a scrub finds is only named
 * </pre>
 *
 * <p>Paths are relative to the file. An unknown key is an error, since a misspelt one would be silently ignored; so is
 * one that is there twice.
 *
 * @param replica the replica's number
 * @param genesis the genesis file
 * @param dataDir the data directory
 * @param ledgerKey the Ed25519 key file
 * @param tlsKey the P-256 key file
 * @param tlsCertificate the certificate file
 * @param peerListen {@code host:port} of the replica links, if not the genesis's
 * @param edgeListen {@code host:port} of the public edge, if not the genesis's
 * @param stateMachineJar the jar with the genesis's state machine, if it is in one
 * @param checkDeterminism whether every entry is executed twice and compared
 * @param keepEntryBytes plain bytes of sealed segments whose entries are kept while receipts are missing: so a replica that comes back
 *     catches up from them. Who was away for longer fetches certified state
 * @param scrub how everything that is stored is read again and again
 */
public record NodeConfig(
        int replica,
        Path genesis,
        Path dataDir,
        Path ledgerKey,
        Path tlsKey,
        Path tlsCertificate,
        Optional<String> peerListen,
        Optional<String> edgeListen,
        Optional<Path> stateMachineJar,
        boolean checkDeterminism,
        long keepEntryBytes,
        ScrubSettings scrub) {

    /** What is kept where the configuration does not say. */
    public static final long DEFAULT_KEEP_ENTRY_BYTES = 1L << 30;

    private static final int MAX_FILE_BYTES = 64 * 1024;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** The file as it is written; the first six components must be there. */
    private record Document(
            @Nullable Integer replica,
            @Nullable String genesis,
            @Nullable String dataDir,
            @Nullable String ledgerKey,
            @Nullable String tlsKey,
            @Nullable String tlsCertificate,
            @Nullable String peerListen,
            @Nullable String edgeListen,
            @Nullable String stateMachineJar,
            @Nullable Boolean checkDeterminism,
            @Nullable Long keepEntryBytes,
            @Nullable Long scrubRate,
            @Nullable String scrubPeriod,
            @Nullable String scrubRepair) {}

    /**
     * Reads a configuration file.
     *
     * @throws NodeConfigException if it cannot be read or is not a configuration; the message names line and column
     */
    public static NodeConfig read(Path file) throws NodeConfigException {
        String text;
        try {
            byte[] content = BoundedFile.read(file, MAX_FILE_BYTES);
            if (content.length > MAX_FILE_BYTES) {
                throw new NodeConfigException(file + " is larger than any configuration");
            }
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new NodeConfigException("there is no file " + file, e);
        } catch (IOException e) {
            throw new NodeConfigException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (text.isBlank()) {
            throw new NodeConfigException(file + " is empty");
        }
        Document document = parse(text, file);
        Path base = file.toAbsolutePath().normalize().getParent();
        return new NodeConfig(
                required(document.replica(), "replica", file),
                path(base, document.genesis(), "genesis", file),
                path(base, document.dataDir(), "data-dir", file),
                path(base, document.ledgerKey(), "ledger-key", file),
                path(base, document.tlsKey(), "tls-key", file),
                path(base, document.tlsCertificate(), "tls-certificate", file),
                Optional.ofNullable(document.peerListen()),
                Optional.ofNullable(document.edgeListen()),
                document.stateMachineJar() == null
                        ? Optional.empty()
                        : Optional.of(path(base, document.stateMachineJar(), "state-machine-jar", file)),
                Boolean.TRUE.equals(document.checkDeterminism()),
                keepEntryBytes(document.keepEntryBytes(), file),
                scrub(document, file));
    }

    /**
     * {@return this configuration with another jar}
     *
     * @param jar the jar with the state machine
     */
    public NodeConfig withStateMachineJar(Path jar) {
        return new NodeConfig(
                replica,
                genesis,
                dataDir,
                ledgerKey,
                tlsKey,
                tlsCertificate,
                peerListen,
                edgeListen,
                Optional.of(jar),
                checkDeterminism,
                keepEntryBytes,
                scrub);
    }

    /** {@return this configuration, in which everything is executed twice} */
    public NodeConfig withDeterminismChecked() {
        return new NodeConfig(
                replica,
                genesis,
                dataDir,
                ledgerKey,
                tlsKey,
                tlsCertificate,
                peerListen,
                edgeListen,
                stateMachineJar,
                true,
                keepEntryBytes,
                scrub);
    }

    private static long keepEntryBytes(@Nullable Long value, Path file) throws NodeConfigException {
        if (value == null) {
            return DEFAULT_KEEP_ENTRY_BYTES;
        }
        if (value < 0) {
            throw new NodeConfigException("%s: keep-entry-bytes is %d, less than nothing".formatted(file, value));
        }
        return value;
    }

    private static ScrubSettings scrub(Document document, Path file) throws NodeConfigException {
        ScrubSettings usual = ScrubSettings.DEFAULT;
        String repairs = document.scrubRepair();
        try {
            return new ScrubSettings(
                    document.scrubRate() == null ? usual.bytesPerSecond() : document.scrubRate(),
                    document.scrubPeriod() == null ? usual.period() : Durations.parse(document.scrubPeriod()),
                    repairs == null ? usual.repairs() : repairs(repairs));
        } catch (IllegalArgumentException e) {
            throw new NodeConfigException(
                    "%s: scrub-rate, scrub-period or scrub-repair: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static ScrubSettings.Repairs repairs(String text) {
        return switch (text) {
            case "auto" -> ScrubSettings.Repairs.AUTO;
            case "report" -> ScrubSettings.Repairs.REPORT;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither auto nor report");
        };
    }

    private static Document parse(String text, Path file) throws NodeConfigException {
        try (JsonParser parser = YAML.createParser(text)) {
            Optional<DocumentKeys.Problem> problem = DocumentKeys.firstProblem(parser, Document.class, false);
            if (problem.isPresent()) {
                throw new NodeConfigException("%s:%d:%d: %s"
                        .formatted(
                                file,
                                problem.get().line(),
                                problem.get().column(),
                                problem.get().message()));
            }
            Document document = YAML.readValue(text, Document.class);
            if (document == null) {
                throw new NodeConfigException(file + ": it is empty");
            }
            return document;
        } catch (JacksonException e) {
            TokenStreamLocation place = e.getLocation();
            String where = place == null || place.getLineNr() < 1
                    ? file.toString()
                    : "%s:%d:%d".formatted(file, place.getLineNr(), place.getColumnNr());
            String what =
                    e instanceof InvalidFormatException wrong && Number.class.isAssignableFrom(wrong.getTargetType())
                            ? "\"%s\" is not a whole number".formatted(wrong.getValue())
                            : e.getOriginalMessage();
            throw new NodeConfigException(where + ": " + what, e);
        }
    }

    private static Path path(@Nullable Path base, @Nullable String value, String key, Path file)
            throws NodeConfigException {
        String stated = required(value, key, file);
        try {
            return (base == null ? Path.of(stated) : base.resolve(stated)).normalize();
        } catch (java.nio.file.InvalidPathException e) {
            throw new NodeConfigException("%s: %s is not a path: %s".formatted(file, key, e.getMessage()), e);
        }
    }

    private static <T> T required(@Nullable T value, String key, Path file) throws NodeConfigException {
        if (value == null) {
            throw new NodeConfigException("%s: missing key \"%s\"".formatted(file, key));
        }
        return value;
    }
}
