package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The Azure LLM inference traces of 2023 and 2024 (Azure/AzurePublicDataset, CC-BY 4.0), read
 * whole: a short way to say {@link Trace#of(Path, TraceFormat, BadLines)} with {@link
 * TraceFormat#AZURE_LLM}.
 */
public final class AzureTrace {
  private AzureTrace() {}

  /**
   * Reads a trace.
   *
   * @param file CSV, plain or gzip (told by its first bytes)
   * @return its requests, at least one; times are counted from the first
   * @throws MalformedInputException if a line cannot be used or there is no request; the message
   *     names file, line, column and value
   * @throws IOException if the file cannot be read
   */
  public static RecordedRequests read(Path file) throws IOException {
    try (TraceLines lines = TraceLines.open(file)) {
      RecordedRequests requests =
          RecordedRequests.read(new CsvRows(TraceFormat.AZURE_LLM, lines, BadLines.REFUSE));
      if (requests.size() == 0) {
        throw lines.malformed(0, "the trace has no request; is it the right file?");
      }
      return requests;
    }
  }
}
