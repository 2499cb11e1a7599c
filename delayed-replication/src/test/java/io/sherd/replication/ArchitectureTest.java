package io.sherd.replication;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The module's directions, and that it does no I/O, starts no thread, reads no clock and throws no dice. */
final class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sherd.replication");

    @Test
    void standsOnDispersalTreesHexAndCompressionAndNothingElse() {
        assertThat(CLASSES).hasSizeGreaterThan(50);
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.sherd.replication..",
                        "io.sherd.ida",
                        "io.sherd.merkle",
                        "org.apache.commons.codec.binary",
                        "net.jpountz.lz4",
                        "org.jspecify.annotations",
                        "java..")
                .check(CLASSES);
    }

    @Test
    void onlySegmentsAreCompressed() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sherd.replication.segment")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("net.jpountz..")
                .check(CLASSES);
    }

    @Test
    void doesNoInputAndNoOutput() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.nio.file..", "java.nio.channels..", "java.net..", "java.util.logging..")
                        .or(describe(
                                "are of java.io, beyond what a record or an exception is marked with",
                                type -> type.getPackageName().equals("java.io")
                                        && !type.getSimpleName().equals("Serializable"))))
                .check(CLASSES);
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void hasNoThreadsNoClockNoDiceNoEnvironment() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.concurrent..", "java.time..", "java.util.random..", "java.security..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(
                        Thread.class, ThreadLocal.class, Random.class, UUID.class, java.util.Timer.class, Clock.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "identityHashCode", Object.class)
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(Math.class, "random")
                .check(CLASSES);
    }

    @Test
    void iteratesOnlyInADefinedOrderAndKnowsNoFloatingPoint() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(HashMap.class, HashSet.class, java.util.IdentityHashMap.class)
                .check(CLASSES);
        fields().should()
                .notHaveRawType(double.class)
                .andShould()
                .notHaveRawType(float.class)
                .check(CLASSES);
    }

    @Test
    void theLearnerStandsOnTheFormatsAndNothingElse() {
        classes()
                .that()
                .resideInAPackage("io.sherd.replication.learner")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.sherd.replication..",
                        "io.sherd.merkle",
                        "org.jspecify.annotations",
                        "java.lang..",
                        "java.util..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sherd.replication.learner")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.sherd.replication.learner")
                .check(CLASSES);
    }

    @Test
    void packagesDependOnEachOtherInOneDirection() {
        noClasses()
                .that()
                .resideInAPackage("io.sherd.replication.wire")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.sherd.replication..")
                        .and(describe(
                                "are not of wire",
                                type -> !type.getPackageName().endsWith(".wire"))))
                .check(CLASSES);
        slices().matching("io.sherd.replication.(segment|piece|checkpoint|learner)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }
}
