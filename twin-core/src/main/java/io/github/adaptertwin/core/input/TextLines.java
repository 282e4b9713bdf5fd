package io.github.adaptertwin.core.input;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a text, each of which is refused once it is longer than {@link #LONGEST_LINE}
 * characters, so that a file without line ends does not fill the memory. Not thread-safe.
 */
public final class TextLines {
  /** Most characters of a line. */
  public static final int LONGEST_LINE = 1 << 24;

  private final String source;
  private final BufferedReader text;
  private final StringBuilder line = new StringBuilder();
  private boolean lineFeedMayFollow;
  private long number;

  /**
   * Begins before the first line.
   *
   * @param source name of the text in messages
   * @param text the text; not closed
   */
  public TextLines(String source, Reader text) {
    this.source = source;
    this.text = new BufferedReader(text);
  }

  /**
   * {@return the next line without its end, which is LF, CR or both; null behind the last}
   *
   * @throws MalformedInputException if the line is too long
   * @throws IOException if the text cannot be read
   */
  public @Nullable String next() throws IOException {
    line.setLength(0);
    int c = text.read();
    if (lineFeedMayFollow && c == '\n') {
      c = text.read();
    }
    lineFeedMayFollow = false;
    if (c < 0) {
      return null;
    }
    number++;
    while (c >= 0 && c != '\n' && c != '\r') {
      if (line.length() == LONGEST_LINE) {
        throw new MalformedInputException(
            new SourceLocation(source, number, 0),
            "the line is longer than the limit of "
                + LONGEST_LINE
                + " characters; is it the right file?");
      }
      line.append((char) c);
      c = text.read();
    }
    lineFeedMayFollow = c == '\r';
    return line.toString();
  }

  /** {@return number of the line read last, from 1; 0 before the first} */
  public long number() {
    return number;
  }
}
