package io.github.adaptertwin.core.input;

/**
 * A place in an input: which file, which line, which column.
 *
 * @param source file name or another short word for where the text came from
 * @param line line number from 1, or 0 if the input has no lines or the line is unknown
 * @param column column number from 1, or 0 if unknown
 */
public record SourceLocation(String source, long line, long column) {
  public SourceLocation {
    if (line < 0 || column < 0) {
      throw new IllegalArgumentException(
          "line " + line + " and column " + column + " must not be negative");
    }
  }

  /**
   * Names a whole source.
   *
   * @param source file name or another short word for where the text came from
   * @return the location without line and column
   */
  public static SourceLocation of(String source) {
    return new SourceLocation(source, 0, 0);
  }

  @Override
  public String toString() {
    if (line == 0) {
      return source;
    }
    return column == 0
        ? source + ", line " + line
        : source + ", line " + line + ", column " + column;
  }
}
