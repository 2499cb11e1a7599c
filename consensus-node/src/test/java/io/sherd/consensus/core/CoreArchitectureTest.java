package io.sherd.consensus.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The core is a function of its events: nothing in it may read a clock, a disk, a socket or an unordered collection. */
class CoreArchitectureTest {

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sherd.consensus.core");

    @Test
    void usesOnlyTheWordsOfTheLedgerAndTheLanguage() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.sherd.consensus.core",
                        "io.sherd.replication",
                        "io.sherd.replication.checkpoint",
                        "io.sherd.replication.genesis",
                        "io.sherd.replication.ledger",
                        "io.sherd.replication.wire",
                        "io.sherd.merkle",
                        "java.lang",
                        "java.lang.annotation",
                        "java.lang.invoke",
                        "java.lang.runtime",
                        "java.util",
                        "java.util.function",
                        "java.util.stream",
                        "org.jspecify.annotations"))
                .check(CORE);
    }

    @Test
    void hasNoTimeNoChanceNoThreadsAndNoEnvironment() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Random.class, UUID.class, Thread.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "identityHashCode", Object.class)
                .orShould()
                .callMethod(Math.class, "random")
                .check(CORE);
    }

    @Test
    void iteratesNothingUnordered() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(HashMap.class, HashSet.class, IdentityHashMap.class)
                .check(CORE);
    }

    @Test
    void knowsNoFloatingPoint() {
        DescribedPredicate<JavaClass> floating = DescribedPredicate.describe(
                "a floating-point type", type -> type.isEquivalentTo(float.class) || type.isEquivalentTo(double.class));
        fields().should().notHaveRawType(floating).check(CORE);
        methods().should().notHaveRawReturnType(floating).check(CORE);
    }

    @Test
    void nothingThatAReplicaRunsUsesTheSimulator() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sherd.consensus.sim")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.sherd.consensus.sim")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.sherd.consensus"));
    }

    @Test
    void isEnteredOnlyThroughTheReplica() {
        classes()
                .that(resideInAPackage("io.sherd.consensus.core"))
                .and()
                .arePublic()
                .and()
                .haveSimpleNameNotContaining("Replica")
                .should()
                .beRecords()
                .orShould()
                .beInterfaces()
                .orShould()
                .beEnums()
                .check(CORE);
    }
}
