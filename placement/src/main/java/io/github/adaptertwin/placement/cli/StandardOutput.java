package io.github.adaptertwin.placement.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Standard output that keeps what went wrong first: {@link System#out} forgets it. */
final class StandardOutput extends FilterOutputStream {
  private @Nullable IOException failure;

  StandardOutput(OutputStream to) {
    super(to);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      super.flush();
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }

  /** {@return what went wrong first, null if nothing} */
  @Nullable IOException failure() {
    return failure;
  }

  /**
   * {@return whether the reader of a pipe was gone, by the words of the system; where it has them
   * in a language that is not known here, it counts as any other failure}
   */
  boolean isReaderGone() {
    return failure != null && String.valueOf(failure.getMessage()).contains("Broken pipe");
  }
}
