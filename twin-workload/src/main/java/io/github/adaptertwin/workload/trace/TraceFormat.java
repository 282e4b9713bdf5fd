package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Formats of recorded traces. Files are plain or gzip, told by their first bytes, and UTF-8; lines
 * end with LF or CR LF. Columns of CSV formats may stand in any order and others may stand between
 * them, except where the format says otherwise.
 */
public enum TraceFormat {
  /**
   * Azure LLM inference traces of 2023 and 2024: {@code TIMESTAMP,ContextTokens,GeneratedTokens}.
   * Timestamps are UTC with up to 12 decimals; arrivals count from the first.
   */
  AZURE_LLM,

  /**
   * BurstGPT: {@code Timestamp} in seconds, {@code Request tokens}, {@code Response tokens}, and
   * {@code Model} or, in the later files, {@code Session ID}, which is taken for the client. A
   * response of 0 tokens is a failure.
   */
  BURST_GPT,

  /**
   * Mooncake: one JSON object a line with {@code timestamp} in milliseconds, {@code input_length},
   * {@code output_length} and {@code hash_ids} of prefix blocks of 512 tokens. The published
   * conversation trace has its timestamps on a grid of 3 s: see {@link Trace#spread}.
   */
  MOONCAKE,

  /** Rows by client as made from ServeGen: {@code t_s,client_id,input_tokens,output_tokens}. */
  CLIENT_ROWS,

  /**
   * AdapterTwin's CSV: {@code arrival_s,adapter,input_tokens,output_tokens}; an empty adapter is
   * the base model. {@code docs/workloads.md} documents it.
   */
  CSV,

  /**
   * AdapterTwin's JSON lines: objects with {@code arrival_s}, {@code adapter} (absent for the base
   * model), {@code input_tokens}, {@code output_tokens} and, for prefixes, {@code block_tokens} and
   * {@code hashes}.
   */
  JSONL;

  /** Tokens that one of Mooncake's prefix hashes stands for. */
  static final int MOONCAKE_BLOCK_TOKENS = 512;

  /**
   * Opens a trace.
   *
   * @param file plain or gzip
   * @param badLines what to do with lines that cannot be used
   * @return a cursor before the first request
   * @throws MalformedInputException if the header is not that of the format, or the bytes are
   *     damaged
   * @throws IOException if the file cannot be read
   */
  public TraceCursor open(Path file, BadLines badLines) throws IOException {
    return open(TraceLines.open(file), badLines);
  }

  /** Opens a trace whose lines are read one after the other; they are closed with the cursor. */
  TraceCursor open(TraceLines lines, BadLines badLines) throws IOException {
    try {
      return switch (this) {
        case MOONCAKE, JSONL -> new JsonRows(this, lines, badLines);
        case AZURE_LLM, BURST_GPT, CLIENT_ROWS, CSV -> new CsvRows(this, lines, badLines);
      };
    } catch (IOException | RuntimeException e) {
      lines.close();
      throw e;
    }
  }

  /**
   * Tells the format of a file by its first line.
   *
   * @param file plain or gzip
   * @return its format
   * @throws MalformedInputException if the line is of no format known here
   * @throws IOException if the file cannot be read
   */
  public static TraceFormat of(Path file) throws IOException {
    try (TraceLines lines = TraceLines.open(file)) {
      return of(lines);
    }
  }

  /** Tells the format by the next line. */
  static TraceFormat of(TraceLines lines) throws IOException {
    String first = lines.next() ? lines.text() : "";
    if (first.startsWith("{")) {
      return first.contains("\"input_length\"") ? MOONCAKE : JSONL;
    }
    for (TraceFormat format : values()) {
      if (CsvRows.isHeaderOf(format, first)) {
        return format;
      }
    }
    throw lines.malformed(
        1,
        "the first line is '"
            + first.substring(0, Math.min(80, first.length()))
            + "', of no trace format known here; name the columns as one of them does");
  }
}
