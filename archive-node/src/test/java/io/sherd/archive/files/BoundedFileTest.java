package io.sherd.archive.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plain file is read up to its bound; whatever else has that name is refused at once. */
class BoundedFileTest {
    @TempDir
    private Path scratch;

    @Test
    void aFileIsReadUpToOneByteAboveItsBound() throws Exception {
        Path file = Files.write(scratch.resolve("file"), new byte[] {1, 2, 3, 4});

        assertThat(BoundedFile.read(file, 4)).containsExactly(1, 2, 3, 4);
        assertThat(BoundedFile.read(file, 2)).containsExactly(1, 2, 3);
        assertThat(BoundedFile.read(Files.createSymbolicLink(scratch.resolve("link"), file), 4))
                .hasSize(4);
    }

    @Test
    void whatIsNotThereIsMissing() {
        assertThatThrownBy(() -> BoundedFile.read(scratch.resolve("none"), 4)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aDirectoryIsCalledOne() {
        assertThatThrownBy(() -> BoundedFile.read(scratch, 4))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("it is a directory");
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aPipeThatNobodyWritesToIsNotWaitedFor() throws Exception {
        Path pipe = scratch.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThatThrownBy(() -> BoundedFile.read(pipe, 4))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("it is not a plain file");
    }
}
