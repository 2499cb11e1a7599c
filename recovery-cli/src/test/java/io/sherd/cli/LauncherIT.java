package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code sherd} as a user runs it, in a tree of its own that holds what a build leaves: nothing here builds. The
 * PATH's {@code java} and {@code javac} are of another version, and fail when they are run.
 */
class LauncherIT {
    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final int WRONG_JAVA = 99;

    @TempDir
    private Path temporary;

    private Path tree;
    private Path path;
    private Path home;

    /** A command that has ended. */
    private record Ended(int exitCode, String out, String err) {}

    @BeforeEach
    void lay() throws IOException {
        tree = temporary.resolve("tree");
        Path target = Files.createDirectories(tree.resolve("recovery-cli/target"));
        Files.createDirectories(target.resolve("lib"));
        Files.createDirectories(tree.resolve("recovery-cli/src/main"));
        Files.createDirectories(tree.resolve("bin"));
        for (String file : List.of("sherd", "bin/find-jdk", "pom.xml", "recovery-cli/pom.xml")) {
            Files.copy(REPOSITORY.resolve(file), tree.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        classPathJar(target.resolve("sherd.jar"));
        Files.writeString(
                target.resolve("build-started"), Instant.now().plusSeconds(1).toString());

        path = Files.createDirectories(temporary.resolve("path"));
        for (String name : List.of("java", "javac", "mvn")) {
            script(path.resolve(name), "echo 'openjdk version \"17.0.9\"' >&2; exit " + WRONG_JAVA);
        }
        home = Files.createDirectories(temporary.resolve("home"));
        Files.createDirectories(home.resolve(".jdks"));
        Files.createSymbolicLink(home.resolve(".jdks/jdk"), Path.of(System.getProperty("java.home")));
    }

    @AfterEach
    void unlinkTheJdk() throws IOException {
        Files.deleteIfExists(home.resolve(".jdks/jdk"));
    }

    @Test
    void theJdkIsFoundThoughThePathHasAnotherAndNothingButTheAnswerIsPrinted() throws Exception {
        Ended version = sherd("--version");
        assertThat(version.exitCode()).as(version.err()).isZero();
        assertThat(version.out()).startsWith("sherd ");
        assertThat(version.err()).isEmpty();

        Path cluster = temporary.resolve("cluster");
        Ended init = sherd("init", "--out", cluster, "--base-port", 21_200);
        assertThat(init.exitCode()).as(init.err()).isZero();
        assertThat(init.out()).contains("next: sherd cluster up --dir " + cluster);
        assertThat(init.err()).isEmpty();

        Ended verify =
                sherd("verify", "--data-dir", cluster.resolve("r0"), "--genesis", cluster.resolve("genesis.json"));
        assertThat(verify.exitCode()).as(verify.err()).isZero();
        assertThat(verify.err()).isEmpty();
    }

    @Test
    void aCommandsExitCodeAndErrorsAreTheScriptsOwn() throws Exception {
        Ended run = sherd("status", "--genesis", temporary.resolve("nowhere.json"));

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err()).startsWith("error[genesis.absent]: there is no file ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void withoutAnyJdkItSaysWhatToInstall() throws Exception {
        Files.delete(home.resolve(".jdks/jdk"));
        // The places of the whole machine, where this one may well have a JDK.
        Path search = tree.resolve("bin/find-jdk");
        Files.writeString(
                search, Files.readString(search).replace(" /usr/lib/jvm/*", "").replace(" /opt/*", ""));

        Ended run = sherd("demo");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("sherd: no JDK 25 found")
                .contains("apt-get install openjdk-25-jdk-headless", "https://adoptium.net", "SHERD_JAVA_HOME");
    }

    @Test
    void aJavaHomeThatIsGivenAndIsWrongIsNotPassedOver() throws Exception {
        ProcessBuilder command = command("--version");
        command.environment().put("SHERD_JAVA_HOME", temporary.toString());

        Ended run = run(command);

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).startsWith("sherd: SHERD_JAVA_HOME is " + temporary + ", and that is not a JDK 25");
    }

    @Test
    void aBuildThatIsNeededAndFailsSaysWhereItsWordsAre() throws Exception {
        Files.delete(tree.resolve("recovery-cli/target/build-started"));

        Ended run = sherd("--version");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("sherd: building", "sherd: the build failed; all it said is in " + tree.resolve("target"));
    }

    private Ended sherd(Object... words) throws IOException, InterruptedException {
        return run(command(words));
    }

    private ProcessBuilder command(Object... words) {
        List<String> command = new ArrayList<>(List.of(tree.resolve("sherd").toString()));
        for (Object word : words) {
            command.add(String.valueOf(word));
        }
        ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", path + File.pathSeparator + System.getenv("PATH"));
        builder.environment().put("HOME", home.toString());
        return builder;
    }

    private Ended run(ProcessBuilder command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(temporary, "out", "");
        Path err = Files.createTempFile(temporary, "err", "");
        Process process = command.redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        int exitCode = process.waitFor();
        return new Ended(exitCode, Files.readString(out), Files.readString(err));
    }

    /** A jar with nothing in it but the class path of this test. */
    private static void classPathJar(Path jar) throws IOException {
        StringBuilder classPath = new StringBuilder();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            classPath.append(Path.of(entry).toUri()).append(' ');
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath.toString());
        try (JarOutputStream _ = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            // The manifest is all.
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.write(file, ("#!/bin/sh\n" + text + "\n").getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
