package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.docs.OwnFiles;
import io.github.adaptertwin.placement.docs.Page;
import io.github.adaptertwin.placement.docs.ShownOutput;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the command lines of the pages, in a folder with the files that they name, and compares what
 * is printed with what the page shows. Commands that take long or need measurements are parsed
 * only.
 */
class DocumentedCommandsTest {
  private static final String JAR = "java -jar placement/target/adaptertwin.jar";

  /** What a page may ask a reader to type besides our own commands. */
  private static final Set<String> OTHERS =
      Set.of(
          "./mvnw", "mvn", "java", "alias", "sh", "kubectl", "source", "cat", "ls", "awk", "cd",
          "echo");

  private static final Set<String> PARSED_ONLY = Set.of("train", "calibrate");

  private static final Pattern FILE_NAME = Pattern.compile("[\\w./-]+\\.(csv|json|html|svg|txt)");

  /** A line that a reader types, and what the page shows below it. */
  private record Typed(String where, String line, List<String> shown) {}

  @TempDir private Path folder;

  @TestFactory
  List<DynamicTest> commands_print_what_the_pages_show() throws IOException {
    OwnFiles.write(folder);
    List<DynamicTest> tests = new ArrayList<>();
    for (Page page : Page.all()) {
      for (Page.Block block : page.blocks()) {
        for (Typed typed : typed(page, block)) {
          tests.add(DynamicTest.dynamicTest(typed.where() + " " + typed.line(), () -> run(typed)));
        }
      }
    }
    assertTrue(tests.size() > 5, "the pages have commands");
    return tests;
  }

  private static List<Typed> typed(Page page, Page.Block block) {
    boolean console = block.language().equals("console");
    List<Typed> typed = new ArrayList<>();
    if (!console && !block.language().equals("sh")) {
      return typed;
    }
    List<String> lines = block.lines();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank()) {
        continue;
      }
      assertTrue(!console || line.startsWith("$ "), page.name() + " shows a line of no command");
      String where = page.name() + ":" + (block.line() + 1 + i);
      StringBuilder command = new StringBuilder(console ? line.substring(2) : line);
      while (withoutRemark(command.toString()).endsWith("\\")) {
        String begin = withoutRemark(command.toString());
        command.setLength(0);
        command.append(begin, 0, begin.length() - 1).append(lines.get(++i).strip());
      }
      List<String> shown = new ArrayList<>();
      while (console && i + 1 < lines.size() && !lines.get(i + 1).startsWith("$ ")) {
        shown.add(lines.get(++i));
      }
      shown.removeIf(String::isBlank);
      typed.add(new Typed(where, withoutRemark(command.toString()), List.copyOf(shown)));
    }
    return typed;
  }

  private static String withoutRemark(String line) {
    int remark = line.indexOf(" #");
    return (remark < 0 ? line : line.substring(0, remark)).strip();
  }

  private void run(Typed typed) {
    for (String step : typed.line().split("&&", -1)) {
      byte[] input = new byte[0];
      StringWriter printed = new StringWriter();
      for (String part : step.split(" \\| ", -1)) {
        String command = part.strip().replace(JAR, "adaptertwin");
        List<String> words = List.of(command.split("\\s+", -1));
        if (!words.get(0).equals("adaptertwin")) {
          assertTrue(OTHERS.contains(words.get(0)), typed.where() + " types " + words.get(0));
          return;
        }
        StringWriter answer = new StringWriter();
        printed = new StringWriter();
        execute(typed.where(), words.subList(1, words.size()), input, answer, printed);
        input = answer.toString().getBytes(StandardCharsets.UTF_8);
      }
      if (!typed.shown().isEmpty()) {
        String said = printed.toString().replace(folder + File.separator, "");
        ShownOutput.check(typed.where(), typed.shown(), said.replace('\\', '/'));
      }
    }
  }

  /** Runs one command; its answer, and its answer together with what it says beside. */
  private void execute(
      String where, List<String> words, byte[] input, StringWriter answer, StringWriter all) {
    List<String> placed = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      boolean file =
          FILE_NAME.matcher(words.get(i)).matches()
              || (i > 0 && words.get(i - 1).equals("--export-dir"));
      placed.add(file ? folder.resolve(words.get(i)).toString() : words.get(i));
    }
    if (words.contains("--export") && !words.contains("--export-dir")) {
      // A reader's own folder; not that of the tests.
      placed.addAll(List.of("--export-dir", folder.resolve("adaptertwin-export").toString()));
    }
    String[] args = placed.toArray(new String[0]);
    if (args.length > 0 && PARSED_ONLY.contains(args[0])) {
      Main.commandLine().parseArgs(args);
      return;
    }
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      StringWriter notes = new StringWriter();
      int code = Main.run(new PrintWriter(answer, true), new PrintWriter(notes, true), args);
      assertEquals(0, code, where + ": " + notes);
      all.append(answer.toString()).append(notes.toString());
    } finally {
      System.setIn(before);
    }
  }

  @TestFactory
  List<DynamicTest> pages_link_to_pages_that_there_are() throws IOException {
    Pattern link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    List<DynamicTest> tests = new ArrayList<>();
    for (Page page : Page.all()) {
      Path file = Page.root().resolve(page.name());
      tests.add(
          DynamicTest.dynamicTest(
              page.name(),
              () ->
                  link.matcher(Files.readString(file))
                      .results()
                      .map(m -> m.group(1))
                      .forEach(
                          target ->
                              assertTrue(
                                  Files.exists(file.resolveSibling(target)),
                                  page.name() + " links to " + target))));
    }
    return tests;
  }
}
