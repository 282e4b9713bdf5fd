package io.github.adaptertwin.core.input;

/**
 * Text of unknown origin as it can be shown in one line of a terminal or a log: names and values
 * out of files are data, so they must not end the line, move the cursor or turn the direction of
 * what stands beside them.
 */
public final class VisibleText {
  /** Most characters that are shown; the middle of a longer text is left out. */
  public static final int MOST_CHARACTERS = 2_000;

  private static final int KEPT_AT_THE_END = 500;

  private VisibleText() {}

  /**
   * Makes a text visible.
   *
   * @param text any text
   * @return the text with control characters, marks of direction, characters without width, line
   *     and paragraph separators and halves of surrogate pairs as \\uXXXX; beyond {@link
   *     #MOST_CHARACTERS} characters its begin and its end with the number of those left out
   */
  public static String of(String text) {
    if (text.length() <= MOST_CHARACTERS) {
      return escaped(text);
    }
    int head = MOST_CHARACTERS - KEPT_AT_THE_END;
    int tail = text.length() - KEPT_AT_THE_END;
    return escaped(text.substring(0, head))
        + " ... ("
        + (tail - head)
        + " characters are left out) ... "
        + escaped(text.substring(tail));
  }

  private static String escaped(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      if (isVisible(c)) {
        shown.appendCodePoint(c);
      } else {
        for (char half : Character.toChars(c)) {
          shown.append("\\u");
          String hex = Integer.toHexString(half);
          shown.append("0".repeat(4 - hex.length())).append(hex);
        }
      }
      at += Character.charCount(c);
    }
    return shown.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
