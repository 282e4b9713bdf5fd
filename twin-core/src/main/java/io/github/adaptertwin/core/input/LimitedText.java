package io.github.adaptertwin.core.input;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/** A text that is refused once it is longer than a limit. Not thread-safe. */
final class LimitedText extends FilterReader {
  private final String source;
  private final long most;
  private long read;

  LimitedText(String source, Reader text, long most) {
    super(text);
    this.source = source;
    this.most = most;
  }

  private int counted(int characters) {
    read += Math.max(0, characters);
    if (read > most) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "the text is longer than the limit of "
              + most
              + " characters; split it, or describe what repeats by a rule");
    }
    return characters;
  }

  @Override
  public int read() throws IOException {
    int c = super.read();
    counted(c < 0 ? 0 : 1);
    return c;
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    return counted(super.read(into, from, length));
  }
}
