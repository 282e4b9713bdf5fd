package io.github.adaptertwin.placement;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The house rules that a compiler does not know, over the main code of all library modules. */
@AnalyzeClasses(
    packages = "io.github.adaptertwin",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class ArchitectureTest {
  private static final String ROOT = "io.github.adaptertwin.";

  @ArchTest
  static final ArchRule arrows_point_one_way =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("core")
          .definedBy(ROOT + "core..")
          .layer("gpu")
          .definedBy(ROOT + "gpu..")
          .layer("workload")
          .definedBy(ROOT + "workload..")
          .layer("surrogate")
          .definedBy(ROOT + "surrogate..")
          .layer("placement")
          .definedBy(ROOT + "placement..")
          .whereLayer("core")
          .mayNotAccessAnyLayer()
          .whereLayer("gpu")
          .mayOnlyAccessLayers("core")
          .whereLayer("workload")
          .mayOnlyAccessLayers("core")
          .whereLayer("surrogate")
          .mayOnlyAccessLayers("core", "gpu", "workload")
          .whereLayer("placement")
          .mayOnlyAccessLayers("core", "gpu", "workload", "surrogate");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule only_the_command_line_knows_the_command_line =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "placement.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "placement.cli..");

  @ArchTest
  static final ArchRule no_hidden_randomness =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.Random")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.SplittableRandom")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.security.SecureRandom")
          .orShould()
          .callMethod(Math.class, "random")
          .orShould()
          .callMethod(StrictMath.class, "random")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID");

  /** The command line may tell how long it took; nothing else may look at a clock. */
  @ArchTest
  static final ArchRule no_wall_clock =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "placement.cli..")
          .should()
          .accessTargetWhere(
              DescribedPredicate.describe("reads a clock", ArchitectureTest::readsClock));

  @ArchTest
  static final ArchRule no_parallel_streams =
      noClasses()
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "makes a parallel stream",
                  call -> Set.of("parallelStream", "parallel").contains(call.getName())));

  @ArchTest
  static final ArchRule signatures_are_our_own =
      methods()
          .that()
          .areDeclaredInClassesThat()
          .arePublic()
          .and()
          .arePublic()
          .should(showOnlyOwnTypes())
          .because(
              "users should be able to change libraries without changing their code, and so"
                  + " should we");

  @ArchTest
  static final ArchRule constructors_show_only_own_types =
      classes().that().arePublic().should(haveOwnTypesInConstructorsAndFields());

  @ArchTest
  static final ArchRule packages_are_null_marked =
      classes()
          .that(
              DescribedPredicate.describe(
                  "are named package-info", c -> c.getSimpleName().equals("package-info")))
          .should()
          .beAnnotatedWith(NullMarked.class);

  @ArchTest
  static final ArchRule names_say_what_lives_there =
      noClasses()
          .should()
          .resideInAnyPackage(
              "..util..", "..utils..", "..common..", "..helper..", "..manager..", "..impl..");

  private static boolean readsClock(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getName();
    boolean system =
        owner.equals("java.lang.System")
            && (name.equals("currentTimeMillis") || name.equals("nanoTime"));
    boolean time = owner.startsWith("java.time.") && name.equals("now");
    boolean date = owner.equals("java.util.Date") && name.equals("<init>");
    return system || time || date;
  }

  private static boolean isForeign(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    return !type.getBaseComponentType().isPrimitive()
        && !name.startsWith("java.")
        && !name.startsWith(ROOT);
  }

  private static ArchCondition<JavaMember> showOnlyOwnTypes() {
    return new ArchCondition<>("show no third-party type") {
      @Override
      public void check(JavaMember member, ConditionEvents events) {
        report(member, events);
      }
    };
  }

  private static ArchCondition<JavaClass> haveOwnTypesInConstructorsAndFields() {
    return new ArchCondition<>("show no third-party type in constructors and fields") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Stream.concat(type.getConstructors().stream(), type.getFields().stream())
            .filter(
                m ->
                    m.getModifiers().contains(JavaModifier.PUBLIC)
                        || m.getModifiers().contains(JavaModifier.PROTECTED))
            .forEach(m -> report(m, events));
      }
    };
  }

  private static void report(JavaMember member, ConditionEvents events) {
    Stream<JavaClass> shown =
        member instanceof JavaCodeUnit unit
            ? Stream.concat(
                Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
            : Stream.of(((JavaField) member).getRawType());
    shown
        .filter(ArchitectureTest::isForeign)
        .forEach(
            type ->
                events.add(
                    SimpleConditionEvent.violated(
                        member, member.getFullName() + " shows " + type.getName())));
  }
}
