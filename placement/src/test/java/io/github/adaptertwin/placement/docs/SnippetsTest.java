package io.github.adaptertwin.placement.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles every block of Java in the pages against the class path of the tests and runs it, in a
 * process of its own whose folder has the files that the pages name. A block of text behind it is
 * what it prints.
 */
class SnippetsTest {
  /** What a page takes for granted, where it does not say so itself. */
  private static final Map<String, String> GIVEN =
      Map.of(
          "docs/surrogate.md",
          """
          GpuSpec gpu = Gpus.named("h100-80gb-sxm");
          ModelSpec model = Models.named("llama-3.1-8b");
          Workload workload = WorkloadFile.embeddedExample().workload();
          EngineFlags flags = EngineFlags.builder().maxLoras(32).maxLoraRank(16).maxCpuLoras(96).build();
          MemoryPlan.Fits memory = (MemoryPlan.Fits) MemoryModel.of(gpu, model).plan(flags);
          """);

  private static final String MARK = "#snippet ";

  private static final String FAILED = "#failed";

  private static final int LONGEST_SECONDS = 120;

  /** One program: blocks of a page that belong together. */
  private record Snippet(String where, String code, List<String> shown) {}

  @TempDir private Path folder;

  @TestFactory
  List<DynamicTest> every_block_of_java_compiles_and_runs() throws Exception {
    List<Snippet> snippets = snippets();
    assertTrue(snippets.size() > 20, "the pages have snippets");
    Path classes = Files.createDirectories(folder.resolve("classes"));
    String problems = compile(source(snippets), classes);
    assertEquals("", problems, "snippets compile");
    OwnFiles.write(folder);
    String printed = run(classes);
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < snippets.size(); i++) {
      Snippet snippet = snippets.get(i);
      String from = MARK + i + "\n";
      int begin = printed.indexOf(from);
      int end = printed.indexOf(MARK + (i + 1) + "\n");
      String own =
          begin < 0
              ? "never reached; the process said\n" + printed
              : printed.substring(begin + from.length(), end < 0 ? printed.length() : end);
      boolean ended = begin >= 0 && end >= 0;
      tests.add(
          DynamicTest.dynamicTest(
              snippet.where(),
              () -> {
                assertTrue(ended, own);
                assertFalse(own.contains(FAILED), own);
                if (!snippet.shown().isEmpty()) {
                  ShownOutput.check(snippet.where(), snippet.shown(), own);
                }
              }));
    }
    return tests;
  }

  private static List<Snippet> snippets() throws IOException {
    List<Snippet> snippets = new ArrayList<>();
    for (Page page : Page.all()) {
      StringBuilder code = new StringBuilder();
      List<String> shown = new ArrayList<>();
      String where = "";
      for (Page.Block block : page.blocks()) {
        boolean java = block.language().equals("java");
        if (java && !block.continues()) {
          if (!code.isEmpty()) {
            snippets.add(new Snippet(where, code.toString(), List.copyOf(shown)));
          }
          code.setLength(0);
          shown.clear();
          where = page.name() + ":" + block.line();
          code.append(GIVEN.getOrDefault(page.name(), ""));
        }
        if (java) {
          // What an earlier part prints is not shown again.
          code.append(String.join("\n", block.lines())).append('\n');
          if (block.continues()) {
            shown.add("...");
          }
        } else if (block.language().equals("text") && !code.isEmpty()) {
          shown.addAll(block.lines());
        }
      }
      if (!code.isEmpty()) {
        snippets.add(new Snippet(where, code.toString(), List.copyOf(shown)));
      }
    }
    return snippets;
  }

  private static String source(List<Snippet> snippets) throws IOException {
    StringBuilder source = new StringBuilder();
    for (String name : packages()) {
      source.append("import ").append(name).append(".*;\n");
    }
    source.append("class Snippets {\n");
    for (int i = 0; i < snippets.size(); i++) {
      source.append("// ").append(snippets.get(i).where()).append('\n');
      source.append("static void snippet").append(i).append("() throws Exception {\n");
      source.append(snippets.get(i).code()).append("}\n");
    }
    source.append("public static void main(String[] args) throws Exception {\n");
    for (int i = 0; i < snippets.size(); i++) {
      source.append("System.out.println(\"" + MARK + i + "\");\n");
      source.append("try { snippet" + i + "(); } catch (Throwable t) {");
      source.append("System.out.println(\"" + FAILED + "\"); t.printStackTrace(System.out); }\n");
    }
    source.append("System.out.println(\"" + MARK + snippets.size() + "\");\n}\n}\n");
    return source.toString();
  }

  /**
   * All packages of the library, and those of Java that a reader would import without a thought.
   */
  private static Set<String> packages() throws IOException {
    Set<String> packages =
        new TreeSet<>(List.of("java.util", "java.io", "java.nio.file", "java.time"));
    for (String module :
        List.of("twin-core", "twin-gpu", "twin-workload", "surrogate", "placement")) {
      Path sources = Page.root().resolve(module).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(f -> f.toString().endsWith(".java") && !f.endsWith("package-info.java"))
            .map(f -> sources.relativize(f.getParent()).toString().replaceAll("[/\\\\]", "."))
            .forEach(packages::add);
      }
    }
    return packages;
  }

  private static String compile(String source, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///Snippets.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    StringWriter problems = new StringWriter();
    compiler
        .getTask(
            problems,
            null,
            null,
            List.of(
                "-proc:none",
                "-nowarn",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString()),
            null,
            List.of(file))
        .call();
    return problems.toString();
  }

  private String run(Path classes) throws Exception {
    Path printed = folder.resolve("printed.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                "Snippets")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    try {
      assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "the snippets end");
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(printed, StandardCharsets.UTF_8);
  }
}
