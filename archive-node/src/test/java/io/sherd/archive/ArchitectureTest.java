package io.sherd.archive;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.sherd.replication.learner.Learner;
import io.sherd.replication.learner.LearnerEvent;
import org.junit.jupiter.api.Test;

/** Which part of the archive node may use what; breaking one of these is a decision and not an accident. */
final class ArchitectureTest {

    private static final String GENERATED = "io.sherd.archive.rpc";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sherd.archive");

    @Test
    void knowsNothingOfVotingOrOfTheCommandLine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.sherd.consensus..", "io.sherd.cli..", "picocli..", "ch.qos.logback..")
                .check(CLASSES);
    }

    @Test
    void onlyTheStoresUseRocksDb() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.sherd.archive.store", "io.sherd.archive.state")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb..")
                .check(CLASSES);
    }

    @Test
    void onlyCryptoUsesBouncyCastle() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sherd.archive.crypto")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle..")
                .check(CLASSES);
    }

    @Test
    void onlyTheEdgeSpeaksGrpc() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.sherd.archive.edge", GENERATED)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", GENERATED)
                .check(CLASSES);
    }

    @Test
    void onlyEdgeAndTlsUseNetty() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.sherd.archive.edge", "io.sherd.archive.crypto")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(CLASSES);
    }

    @Test
    void onlyTheGenesisFileReadsJson() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sherd.archive.genesis")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tools.jackson..", "com.fasterxml..")
                .check(CLASSES);
    }

    @Test
    void nobodyDeserialisesJavaObjects() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .check(CLASSES);
    }

    @Test
    void onlyTheLearnersDriverStepsTheLearner() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.sherd.archive.learner.LearnerDriver")
                .should()
                .callMethod(Learner.class, "step", LearnerEvent.class)
                .check(CLASSES);
    }

    @Test
    void storesKnowNothingOfNetworks() {
        classes()
                .that()
                .resideInAnyPackage("io.sherd.archive.store", "io.sherd.archive.state")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.sherd.archive.store",
                        "io.sherd.archive.state",
                        "io.sherd.archive.files",
                        "io.sherd.replication..",
                        "io.sherd.merkle",
                        "org.rocksdb..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "java..")
                .check(CLASSES);
    }

    @Test
    void packagesDependInOneDirection() {
        slices().matching("io.sherd.archive.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
