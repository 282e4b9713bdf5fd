package io.github.adaptertwin.placement.docs;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares what a page shows with what was printed: the same words on the same lines. Figures may
 * differ, because times do and because a page is not written anew for every last digit; a line of
 * three dots stands for any lines.
 */
public final class ShownOutput {
  private static final String ANY = "...";

  private ShownOutput() {}

  /** Fails where the words differ, with what was printed. */
  public static void check(String where, List<String> shown, String printed) {
    List<String> expected = new ArrayList<>();
    shown.forEach(line -> expected.add(words(line)));
    List<String> found = new ArrayList<>();
    printed.lines().forEach(line -> found.add(words(line)));
    found.removeIf(String::isEmpty);
    expected.removeIf(String::isEmpty);
    if (!matches(expected, 0, found, 0)) {
      fail(where + " shows other words than those printed:\n" + printed);
    }
  }

  private static String words(String line) {
    return line.replaceAll("-?[0-9][0-9,.]*", "#").replaceAll("\\s+", " ").strip();
  }

  private static boolean matches(List<String> expected, int e, List<String> found, int f) {
    if (e == expected.size()) {
      return f == found.size();
    }
    if (expected.get(e).equals(ANY)) {
      return matches(expected, e + 1, found, f)
          || (f < found.size() && matches(expected, e, found, f + 1));
    }
    if (f == found.size()) {
      return false;
    }
    String pattern = expected.get(e);
    boolean same =
        pattern.endsWith(ANY)
            ? found.get(f).startsWith(pattern.substring(0, pattern.length() - ANY.length()))
            : found.get(f).equals(pattern);
    return same && matches(expected, e + 1, found, f + 1);
  }
}
