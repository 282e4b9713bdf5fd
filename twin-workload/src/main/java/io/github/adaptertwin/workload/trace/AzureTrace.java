package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;

/**
 * Reader of the Azure LLM inference traces of 2023 and 2024 (Azure/AzurePublicDataset, CC-BY 4.0):
 * a CSV with the columns {@code TIMESTAMP,ContextTokens,GeneratedTokens}, plain or gzip. Rows are
 * read one by one; what is kept is 16 bytes a request.
 */
public final class AzureTrace {
  private static final List<String> HEADER =
      ImmutableList.of("TIMESTAMP", "ContextTokens", "GeneratedTokens");

  /** Largest length that is taken for a length: longer than any model's context. */
  private static final int LONGEST = 10_000_000;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long PICOS_PER_NANO = 1000;

  private AzureTrace() {}

  /**
   * Reads a trace.
   *
   * @param file CSV, plain or gzip (told by its first bytes)
   * @return its requests; times are counted from the first
   * @throws MalformedInputException if a line cannot be used; the message names file, line, column
   *     and value
   * @throws IOException if the file cannot be read
   */
  public static RecordedRequests read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    try (Reader text =
        new InputStreamReader(TraceFile.open(file), StandardCharsets.UTF_8.newDecoder())) {
      return new Rows(name).read(text);
    }
  }

  /** Reads rows and knows where it stands. */
  private static final class Rows {
    private final String source;
    private final RecordedRequests requests = new RecordedRequests();
    private long line;
    private long startNanos;
    private long lastNanos;

    Rows(String source) {
      this.source = source;
    }

    RecordedRequests read(Reader text) throws IOException {
      try (CsvReader<CsvRecord> rows = CsvReader.builder().ofCsvRecord(text)) {
        for (CsvRecord row : rows) {
          line = row.getStartingLineNumber();
          if (line == 1) {
            header(row);
          } else {
            request(row);
          }
        }
      } catch (CsvParseException | UncheckedIOException e) {
        throw unreadable(e);
      }
      if (requests.size() == 0) {
        throw new MalformedInputException(
            SourceLocation.of(source), "the trace has no request; is it the right file?");
      }
      return requests;
    }

    private RuntimeException unreadable(RuntimeException e) throws IOException {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof EOFException) {
          return new MalformedInputException(
              new SourceLocation(source, line, 0),
              "the gzip data ends behind this line; the file is cut off, fetch it again",
              e);
        }
        if (cause instanceof CharacterCodingException) {
          return new MalformedInputException(
              new SourceLocation(source, line + 1, 0), "the bytes are not UTF-8 text", e);
        }
        if (cause instanceof IOException io) {
          throw new IOException(source + ": " + io.getMessage(), io);
        }
      }
      return new MalformedInputException(
          new SourceLocation(source, line + 1, 0), "not CSV: " + e.getMessage(), e);
    }

    private void header(CsvRecord row) {
      if (!row.getFields().equals(HEADER)) {
        throw malformed(
            1,
            "the header is "
                + String.join(",", row.getFields())
                + ", expected "
                + String.join(",", HEADER));
      }
    }

    private void request(CsvRecord row) {
      if (row.getFieldCount() != HEADER.size()) {
        throw malformed(
            1, "the line has " + row.getFieldCount() + " columns, expected " + HEADER.size());
      }
      long nanos = nanos(row.getField(0));
      if (requests.size() == 0) {
        startNanos = nanos;
      } else if (nanos < lastNanos) {
        throw malformed(
            1, "time " + row.getField(0) + " is before the line above; sort the trace by time");
      }
      lastNanos = nanos;
      requests.add(
          Math.multiplyExact(nanos - startNanos, PICOS_PER_NANO), tokens(row, 1), tokens(row, 2));
    }

    private long nanos(String text) {
      try {
        String plain = text.endsWith("+00:00") ? text.substring(0, text.length() - 6) : text;
        Instant time = LocalDateTime.parse(plain.replace(' ', 'T')).toInstant(ZoneOffset.UTC);
        return Math.addExact(
            Math.multiplyExact(time.getEpochSecond(), NANOS_PER_SECOND), time.getNano());
      } catch (DateTimeException | ArithmeticException e) {
        throw malformed(1, "time is '" + text + "', expected UTC like 2023-11-16 18:15:46.6805900");
      }
    }

    private int tokens(CsvRecord row, int field) {
      String text = row.getField(field);
      try {
        int tokens = Integer.parseInt(text);
        if (tokens >= 1 && tokens <= LONGEST) {
          return tokens;
        }
      } catch (NumberFormatException e) {
        // Told below, together with numbers outside the range.
      }
      throw malformed(
          field + 1,
          HEADER.get(field)
              + " is '"
              + text
              + "', must be a whole number in [1, "
              + LONGEST
              + "]; leave requests without tokens out");
    }

    private MalformedInputException malformed(long column, String problem) {
      return new MalformedInputException(new SourceLocation(source, line, column), problem);
    }
  }
}
