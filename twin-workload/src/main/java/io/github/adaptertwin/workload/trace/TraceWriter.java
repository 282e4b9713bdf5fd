package io.github.adaptertwin.workload.trace;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * Writes traces as AdapterTwin's CSV or JSON lines, whole or not at all; a name that ends with
 * {@code .gz} makes gzip. CSV keeps times to the picosecond, JSON lines to the nearest double; CSV
 * leaves prefix hashes out.
 */
public final class TraceWriter {
  private static final int PICO_DIGITS = 12;

  private TraceWriter() {}

  /**
   * Writes a trace.
   *
   * @param trace what to write; clients become adapters
   * @param file to create or replace
   * @param format {@link TraceFormat#CSV} or {@link TraceFormat#JSONL}
   * @return number of requests written
   * @throws MalformedInputException if a line of the trace cannot be used
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if the format is another
   */
  public static long write(Trace trace, Path file, TraceFormat format) throws IOException {
    if (format != TraceFormat.CSV && format != TraceFormat.JSONL) {
      throw new IllegalArgumentException(
          "traces are written as CSV or JSONL, not as " + format + "; read that and write one");
    }
    long[] count = new long[1];
    WholeFile.write(
        file,
        out -> {
          try (TraceCursor cursor = trace.open();
              Writer text = open(file, out)) {
            count[0] = format == TraceFormat.CSV ? csv(cursor, text) : json(cursor, text);
          }
        });
    return count[0];
  }

  /**
   * Writes requests as they are given to an engine.
   *
   * @param requests the requests
   * @param adapterIds names of the adapters by index
   * @param file to create or replace; CSV, or gzip of it
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if there are fewer names than adapters
   */
  public static void write(RequestTrace requests, List<String> adapterIds, Path file)
      throws IOException {
    if (adapterIds.size() < requests.adapterCount()) {
      throw new IllegalArgumentException(
          "there are "
              + adapterIds.size()
              + " names for "
              + requests.adapterCount()
              + " adapters; give one for each");
    }
    WholeFile.write(
        file,
        out -> {
          try (Writer text = open(file, out)) {
            text.write("arrival_s,adapter,input_tokens,output_tokens\n");
            for (int i = 0; i < requests.size(); i++) {
              int adapter = requests.adapter(i);
              line(
                  text,
                  requests.arrivalPicos(i),
                  adapter == RequestCursor.BASE_MODEL ? "" : adapterIds.get(adapter),
                  requests.inputTokens(i),
                  requests.outputTokens(i));
            }
          }
        });
  }

  private static Writer open(Path file, OutputStream out) throws IOException {
    OutputStream bytes =
        String.valueOf(file.getFileName()).endsWith(".gz") ? new GZIPOutputStream(out) : out;
    return new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8), 1 << 16);
  }

  private static long csv(TraceCursor cursor, Writer text) throws IOException {
    text.write("arrival_s,adapter,input_tokens,output_tokens\n");
    long count = 0;
    for (; cursor.advance(); count++) {
      line(
          text,
          cursor.arrivalPicos(),
          cursor.client(),
          cursor.inputTokens(),
          cursor.outputTokens());
    }
    return count;
  }

  private static void line(Writer text, long picos, String adapter, int input, int output)
      throws IOException {
    text.write(seconds(picos));
    text.write(',');
    text.write(quoted(adapter));
    text.write(',');
    text.write(Integer.toString(input));
    text.write(',');
    text.write(Integer.toString(output));
    text.write('\n');
  }

  /** Seconds with as many decimals as there are. */
  private static String seconds(long picos) {
    return BigDecimal.valueOf(picos, PICO_DIGITS).stripTrailingZeros().toPlainString();
  }

  private static String quoted(String name) {
    if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
      throw new IllegalArgumentException(
          "adapter '" + name + "' has a line break in its name, which CSV lines here cannot hold");
    }
    boolean plain = name.indexOf(',') < 0 && name.indexOf('"') < 0 && name.equals(name.trim());
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  private static long json(TraceCursor cursor, Writer text) throws IOException {
    long count = 0;
    for (; cursor.advance(); count++) {
      // A writer accepts one value only; it must not be closed, since that would close the file.
      JsonWriter json = new JsonWriter(text);
      json.beginObject();
      json.name("arrival_s").value(SimulatedTime.toSeconds(cursor.arrivalPicos()));
      if (!cursor.client().isEmpty()) {
        json.name("adapter").value(cursor.client());
      }
      json.name("input_tokens").value(cursor.inputTokens());
      json.name("output_tokens").value(cursor.outputTokens());
      long[] hashes = cursor.prefixHashes();
      if (hashes.length > 0) {
        json.name("block_tokens").value(cursor.hashBlockTokens());
        json.name("hashes").beginArray();
        for (long hash : hashes) {
          json.value(hash);
        }
        json.endArray();
      }
      json.endObject();
      json.flush();
      text.write('\n');
    }
    return count;
  }
}
