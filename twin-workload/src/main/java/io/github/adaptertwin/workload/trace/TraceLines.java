package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * Lines of a file as ranges of bytes, so that numbers are read without a string for each field:
 * traces have tens of bytes a line and hundreds of millions of lines. Bytes that are not UTF-8 are
 * refused. Not thread-safe.
 */
final class TraceLines implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
  static final int LONGEST_LINE = 1 << 24;

  /** Bytes of the longest line end. */
  private static final int LINE_END = 2;

  private final String source;
  private final InputStream in;
  private byte[] bytes = new byte[BUFFER_BYTES];
  private int filled;
  private int nextStart;
  private boolean atEnd;
  private int start;
  private int end;
  private long line;

  private TraceLines(String source, InputStream in) {
    this.source = source;
    this.in = in;
  }

  static TraceLines open(Path file) throws IOException {
    return new TraceLines(String.valueOf(file.getFileName()), TraceFile.open(file));
  }

  static TraceLines open(String name, InputStream bytes) throws IOException {
    return new TraceLines(name, TraceFile.open(name, bytes));
  }

  /** Moves to the next line that is not empty. */
  boolean next() throws IOException {
    while (nextLine()) {
      if (line == 1 && end - start >= 3 && bytes[start] == (byte) 0xef && isMark()) {
        start += 3;
      }
      if (end > start) {
        return true;
      }
    }
    return false;
  }

  private boolean isMark() {
    return bytes[start + 1] == (byte) 0xbb && bytes[start + 2] == (byte) 0xbf;
  }

  private boolean nextLine() throws IOException {
    int scanned = nextStart;
    while (true) {
      int found = ByteScan.indexOf(bytes, scanned, filled, '\n');
      if (found < filled) {
        return take(found, found + 1);
      }
      if (atEnd) {
        return nextStart < filled && take(filled, filled);
      }
      scanned = filled - nextStart;
      fill();
    }
  }

  private boolean take(int lineEnd, int following) {
    start = nextStart;
    end = lineEnd > start && bytes[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
    nextStart = following;
    line++;
    if (end - start > LONGEST_LINE) {
      throw tooLong(line);
    }
    if (!ByteScan.isAscii(bytes, start, end)) {
      checkUtf8();
    }
    return true;
  }

  private void checkUtf8() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start));
    } catch (CharacterCodingException e) {
      throw new MalformedInputException(
          new SourceLocation(source, line, 0),
          "the bytes are not UTF-8 text; convert the file or fetch it again",
          e);
    }
  }

  private MalformedInputException tooLong(long number) {
    return new MalformedInputException(
        new SourceLocation(source, number, 0),
        "the line is longer than " + LONGEST_LINE + " bytes; is it a text file?");
  }

  /** Moves what is left to the begin of the buffer and reads more behind it. */
  private void fill() throws IOException {
    int left = filled - nextStart;
    if (left == bytes.length) {
      if (left >= LONGEST_LINE + LINE_END) {
        throw tooLong(line + 1);
      }
      bytes = Arrays.copyOf(bytes, Math.min(2 * left, LONGEST_LINE + LINE_END));
    } else {
      System.arraycopy(bytes, nextStart, bytes, 0, left);
    }
    nextStart = 0;
    filled = left;
    try {
      int read = in.read(bytes, left, bytes.length - left);
      if (read < 0) {
        atEnd = true;
      } else {
        filled += read;
      }
    } catch (EOFException e) {
      throw new MalformedInputException(
          new SourceLocation(source, line, 0),
          "the gzip data ends behind this line; the file is cut off, fetch it again",
          e);
    } catch (ZipException e) {
      throw new MalformedInputException(
          new SourceLocation(source, line, 0),
          "the gzip data is damaged behind this line (" + e.getMessage() + "); fetch it again",
          e);
    } catch (IOException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    }
  }

  /** {@return the buffer; a line lies in it until the next one} */
  byte[] bytes() {
    return bytes;
  }

  /** {@return index of the first byte of the line} */
  int start() {
    return start;
  }

  /** {@return index behind the last byte of the line} */
  int end() {
    return end;
  }

  String text() {
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  String source() {
    return source;
  }

  long line() {
    return line;
  }

  MalformedInputException malformed(long column, String problem) {
    return new MalformedInputException(new SourceLocation(source, line, column), problem);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
