package io.github.adaptertwin.core.input;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * Unpacks gzip data that somebody else packed: a few bytes that unpack to very many, as no table or
 * model does, are refused before they fill a memory or an hour. Not thread-safe.
 */
public final class GzipInput extends GZIPInputStream {
  /** Unpacked bytes for each packed one that are allowed beyond {@link #ALWAYS_ALLOWED}. */
  public static final int MOST_EXPANSION = 200;

  /** Unpacked bytes that are allowed whatever they were packed to. */
  public static final long ALWAYS_ALLOWED = 64L << 20;

  private final String source;
  private final Counted packed;
  private long unpacked;

  private GzipInput(String source, Counted packed, int bufferBytes) throws IOException {
    super(packed, bufferBytes);
    this.source = source;
    this.packed = packed;
  }

  /**
   * Opens packed data.
   *
   * @param source name of the data in messages
   * @param packed gzip data; closed with the result
   * @param bufferBytes how much is unpacked at a time, at least 1
   * @return the unpacked data; reading it throws a {@link MalformedInputException} if it expands
   *     beyond the limits
   * @throws IOException if the data does not begin as gzip does, or cannot be read
   */
  public static InputStream open(String source, InputStream packed, int bufferBytes)
      throws IOException {
    return new GzipInput(source, new Counted(packed), bufferBytes);
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int read = super.read(into, from, length);
    unpacked += Math.max(0, read);
    if (unpacked > ALWAYS_ALLOWED && unpacked / MOST_EXPANSION > packed.bytes) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "the gzip data expands to more than "
              + MOST_EXPANSION
              + " times its size, which is the limit above "
              + ALWAYS_ALLOWED
              + " bytes; unpack it and look at it, and give the plain file if it is right");
    }
    return read;
  }

  /** Counts what has been taken from a stream. */
  private static final class Counted extends FilterInputStream {
    private long bytes;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      bytes += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = super.read(into, from, length);
      bytes += Math.max(0, read);
      return read;
    }
  }
}
