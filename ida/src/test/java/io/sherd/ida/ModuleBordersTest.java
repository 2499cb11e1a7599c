package io.sherd.ida;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Other programs can embed this module: it knows the JDK and itself. */
class ModuleBordersTest {

    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sherd.ida");

    @Test
    void dependsOnTheJdkAndItselfAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.sherd.ida..", "java..", "jdk.incubator.vector..", "org.jspecify..")
                .check(MODULE);
    }

    @Test
    void onlyTheVectorKernelKnowsTheIncubatorModule() {
        noClasses()
                .that()
                .doNotHaveSimpleName("VectorCodingKernel")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator..")
                .check(MODULE);
    }
}
