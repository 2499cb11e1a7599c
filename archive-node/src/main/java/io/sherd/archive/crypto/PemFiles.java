package io.sherd.archive.crypto;

import io.sherd.archive.crypto.KeyFileException.Kind;
import io.sherd.archive.files.BoundedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** PEM files with one object each: written once, never overwritten, and private ones closed to everyone but their owner. */
final class PemFiles {

    /** Far above any key or certificate; more is not read. */
    private static final int MAX_FILE_BYTES = 64 * 1024;

    private static final Set<PosixFilePermission> PRIVATE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> PUBLIC = EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OTHERS_READ);

    private PemFiles() {}

    /** Reads a file that nobody but its owner can read or write. */
    static byte[] readPrivate(Path file, String type) throws KeyFileException {
        Set<PosixFilePermission> mode;
        try {
            BoundedFile.requirePlain(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        try {
            mode = Files.getPosixFilePermissions(file);
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException | UnsupportedOperationException e) {
            throw new KeyFileException(
                    Kind.UNREADABLE, file + ": its mode cannot be read", "keep keys on a file system with modes", e);
        }
        Set<PosixFilePermission> others = EnumSet.copyOf(mode.isEmpty() ? PRIVATE : mode);
        others.removeAll(PRIVATE);
        if (!others.isEmpty()) {
            throw new KeyFileException(
                    Kind.MODE,
                    "%s can be used by others (%s), it must have mode 0600"
                            .formatted(file, PosixFilePermissions.toString(mode)),
                    "chmod 600 " + file);
        }
        return read(file, type);
    }

    /** Reads the one PEM object of a file, which must have this type. */
    static byte[] read(Path file, String type) throws KeyFileException {
        byte[] content;
        try {
            content = BoundedFile.read(file, MAX_FILE_BYTES);
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        if (content.length > MAX_FILE_BYTES) {
            throw content(file, "is larger than any key file");
        }
        try (Reader text = new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.US_ASCII);
                PemReader reader = new PemReader(text)) {
            PemObject object = reader.readPemObject();
            if (object == null) {
                throw content(file, "has no PEM block");
            }
            if (!object.getType().equals(type)) {
                throw content(file, "holds a " + printable(object.getType()) + ", expected a " + type);
            }
            if (reader.readPemObject() != null) {
                throw content(file, "holds more than one PEM block");
            }
            return object.getContent();
        } catch (IOException | IllegalArgumentException e) {
            throw new KeyFileException(
                    Kind.CONTENT, file + " is not a well-formed PEM file", "restore it from a copy", e);
        }
    }

    /** Writes a new file of mode 0600 and makes it durable. */
    static void createPrivate(Path file, String type, byte[] content) throws KeyFileException {
        create(file, type, content, PRIVATE);
    }

    /** Writes a new file of mode 0644 and makes it durable. */
    static void createPublic(Path file, String type, byte[] content) throws KeyFileException {
        create(file, type, content, PUBLIC);
    }

    private static KeyFileException unreadable(Path file, IOException e) {
        return new KeyFileException(
                Kind.UNREADABLE, file + " cannot be read: " + e.getMessage(), "check the path and its owner", e);
    }

    static KeyFileException content(Path file, String what) {
        return new KeyFileException(
                Kind.CONTENT, file + " " + what, "give the file that `sherd key gen` or `sherd init` wrote");
    }

    private static void create(Path file, String type, byte[] content, Set<PosixFilePermission> mode)
            throws KeyFileException {
        byte[] pem = pem(type, content);
        Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(mode))) {
            ByteBuffer buffer = ByteBuffer.wrap(pem);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (FileAlreadyExistsException e) {
            throw new KeyFileException(Kind.EXISTS, file + " exists and is not overwritten", "choose another path", e);
        } catch (IOException | UnsupportedOperationException e) {
            throw new KeyFileException(
                    Kind.UNREADABLE, file + " cannot be written", "check the directory and its owner", e);
        }
    }

    private static byte[] pem(String type, byte[] content) {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, content));
        } catch (IOException e) {
            throw new AssertionError("writing to memory failed", e);
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static KeyFileException missing(Path file, IOException e) {
        return new KeyFileException(
                Kind.UNREADABLE, file + " is not there", "give the path of an existing key file", e);
    }

    private static String printable(String type) {
        return type.replaceAll("[^A-Z0-9 ]", "?");
    }
}
