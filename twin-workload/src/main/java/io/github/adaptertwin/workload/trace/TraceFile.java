package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.GzipInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.ZipException;

/** Opens trace files, plain or gzip. */
final class TraceFile {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int GZIP_FIRST = 0x1f;
  private static final int GZIP_SECOND = 0x8b;

  private TraceFile() {}

  /** Opens a file; whether it is gzip is told by its first two bytes, not by its name. */
  static InputStream open(Path file) throws IOException {
    try {
      return open(String.valueOf(file.getFileName()), Files.newInputStream(file));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    }
  }

  /** Opens a stream that has a name; it is closed if it cannot be used. */
  static InputStream open(String name, InputStream bytes) throws IOException {
    InputStream raw = new BufferedInputStream(bytes, BUFFER_BYTES);
    try {
      raw.mark(2);
      boolean gzip = raw.read() == GZIP_FIRST && raw.read() == GZIP_SECOND;
      raw.reset();
      if (gzip) {
        return GzipInput.open(name, raw, BUFFER_BYTES);
      }
      if (name.endsWith(".gz")) {
        throw new MalformedInputException(
            SourceLocation.of(name), "the name says gzip, the bytes do not; the file is damaged");
      }
      return raw;
    } catch (EOFException | ZipException e) {
      raw.close();
      throw new MalformedInputException(
          SourceLocation.of(name), "the gzip data is damaged or cut off; fetch the file again", e);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }
}
