package io.github.adaptertwin.core.input;

import java.io.IOException;
import java.io.Reader;

/** A text that is refused once it is longer than a limit. Not thread-safe. */
final class LimitedText extends Reader {
  private final String source;
  private final Reader text;
  private final long most;
  private long read;

  LimitedText(String source, Reader text, long most) {
    this.source = source;
    this.text = text;
    this.most = most;
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    int now = text.read(into, from, length);
    read += Math.max(0, now);
    if (read > most) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "the text is longer than the limit of "
              + most
              + " characters; split it, or describe what repeats by a rule");
    }
    return now;
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
