package io.github.adaptertwin.placement.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Markdown page of the project and its fenced blocks.
 *
 * @param name path of the page from the root of the project
 * @param blocks its blocks in order
 */
public record Page(String name, List<Block> blocks) {
  /** Says that a block goes on where the block of Java before it ended. */
  private static final String CONTINUES = "<!-- continues -->";

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /**
   * A fenced block.
   *
   * @param language what the fence says, may be empty
   * @param line of the fence, from 1
   * @param continues whether it goes on where the block before it ended
   * @param lines what is in it
   */
  public record Block(String language, int line, boolean continues, List<String> lines) {}

  /** {@return the root of the project} */
  public static Path root() {
    return ROOT;
  }

  /** {@return README.md and all pages under docs, by name} */
  public static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    pages.add(read(ROOT.resolve("README.md")));
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".md")).sorted().toList()) {
        pages.add(read(file));
      }
    }
    return pages;
  }

  private static Page read(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> lines = Files.readAllLines(file);
    String before = "";
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("```")) {
        int first = i + 1;
        i = first;
        while (!lines.get(i).startsWith("```")) {
          i++;
        }
        blocks.add(
            new Block(
                lines.get(first - 1).substring(3).strip(),
                first,
                before.equals(CONTINUES),
                List.copyOf(lines.subList(first, i))));
      }
      before = lines.get(i).strip();
    }
    String name = ROOT.relativize(file).toString().replace('\\', '/');
    return new Page(name, List.copyOf(blocks));
  }
}
