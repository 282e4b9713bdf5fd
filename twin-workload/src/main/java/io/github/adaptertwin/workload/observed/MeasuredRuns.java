package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.CsvTable;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.report.ObservedRun;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** Reads tables of measured serving runs. */
public final class MeasuredRuns {
  private static final double MILLIS = 1e-3;

  private MeasuredRuns() {}

  /**
   * Reads a table with the columns of the published runs of arXiv 2602.24044: {@code id, model,
   * adapters, adapter_slots, max_lora_rank, rates_rps, ranks, duration_s, status, arrivals,
   * mean_requested_input_tokens, mean_requested_output_tokens}. Figures for comparison are read
   * where they are present: {@code kv_capacity_tokens, throughput_tok_s, ideal_throughput_tok_s,
   * mean_ttft_ms, ttft_with_unfinished_ms, mean_tpot_ms, mean_itl_ms, mean_running, mean_waiting,
   * mean_kv_usage}. Other columns are passed over.
   *
   * @param file a CSV file with a header
   * @return its runs in order
   * @throws MalformedInputException if a line cannot be used (the message names file, line and
   *     value) or the bytes are not UTF-8
   * @throws IOException if the file cannot be read
   */
  public static List<MeasuredRun> read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a table.
   *
   * @param source its name in messages
   * @param text a CSV text with a header; closed afterwards
   * @return its runs in order
   * @throws MalformedInputException if a line cannot be used
   * @throws IOException if the text cannot be read
   */
  public static List<MeasuredRun> read(String source, Reader text) throws IOException {
    ImmutableList.Builder<MeasuredRun> runs = ImmutableList.builder();
    CsvTable.forEach(source, text, row -> runs.add(run(row)));
    return runs.build();
  }

  private static MeasuredRun run(CsvTable.Row row) {
    boolean started =
        switch (row.text("status")) {
          case "ok" -> true;
          case "memory_error" -> false;
          default ->
              throw row.malformed(
                  "status is '" + row.text("status") + "', expected ok or memory_error");
        };
    try {
      return new MeasuredRun(
          row.text("id"),
          row.text("model"),
          row.integer("adapters"),
          row.integer("adapter_slots"),
          row.integer("max_lora_rank"),
          list(row, "rates_rps", row::number),
          list(row, "ranks", row::integer),
          numberOrNone(row, "duration_s"),
          started,
          numberOrNone(row, "arrivals"),
          numberOrNone(row, "mean_requested_input_tokens"),
          numberOrNone(row, "mean_requested_output_tokens"),
          row.numberOr("kv_capacity_tokens", Double.NaN),
          observed(row));
    } catch (IllegalArgumentException e) {
      throw row.malformed(String.valueOf(e.getMessage()));
    }
  }

  /** Figures for scoring, which a table of planned runs may lack. */
  private static ObservedRun observed(CsvTable.Row row) {
    return new ObservedRun(
        row.text("id"),
        scenario(row.text("id")),
        row.numberOr("throughput_tok_s", Double.NaN),
        row.numberOr("ideal_throughput_tok_s", Double.NaN),
        row.numberOr("mean_ttft_ms", Double.NaN) * MILLIS,
        row.numberOr("ttft_with_unfinished_ms", Double.NaN) * MILLIS,
        row.numberOr("mean_tpot_ms", Double.NaN) * MILLIS,
        row.numberOr("mean_itl_ms", Double.NaN) * MILLIS,
        row.numberOr("mean_running", Double.NaN),
        row.numberOr("mean_waiting", Double.NaN),
        row.numberOr("mean_kv_usage", Double.NaN));
  }

  /** The third part of an id group/model/scenario/setting; the id itself if it has no parts. */
  private static String scenario(String id) {
    String[] parts = id.split("/", -1);
    return parts.length > 2 ? parts[2] : id;
  }

  /** A column that must be there, and may be empty where the engine did not start. */
  private static double numberOrNone(CsvTable.Row row, String column) {
    return row.text(column).isEmpty() ? Double.NaN : row.number(column);
  }

  private static <T> List<T> list(
      CsvTable.Row row, String column, BiFunction<String, String, T> parse) {
    return Arrays.stream(row.text(column).split(" "))
        .map(word -> parse.apply(column, word))
        .collect(ImmutableList.toImmutableList());
  }
}
