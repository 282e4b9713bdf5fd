package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.report.ObservedRun;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

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
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(text)) {
      for (NamedCsvRecord row : rows) {
        runs.add(new Row(source, row).run());
      }
    } catch (CsvParseException e) {
      throw new MalformedInputException(
          SourceLocation.of(source), "not the CSV expected here: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "the bytes are not UTF-8 text; convert the file or fetch it again",
            e);
      }
      throw e.getCause();
    }
    return runs.build();
  }

  /** One line of the table. */
  private record Row(String source, NamedCsvRecord row) {
    MeasuredRun run() {
      boolean started =
          switch (text("status")) {
            case "ok" -> true;
            case "memory_error" -> false;
            default ->
                throw malformed("status is '" + text("status") + "', expected ok or memory_error");
          };
      try {
        return new MeasuredRun(
            text("id"),
            text("model"),
            integer("adapters"),
            integer("adapter_slots"),
            integer("max_lora_rank"),
            list("rates_rps", Double::valueOf),
            list("ranks", Integer::valueOf),
            number("duration_s"),
            started,
            number("arrivals"),
            number("mean_requested_input_tokens"),
            number("mean_requested_output_tokens"),
            optional("kv_capacity_tokens", 1),
            observed());
      } catch (IllegalArgumentException e) {
        throw malformed(String.valueOf(e.getMessage()));
      }
    }

    /** Figures for scoring, which a table of planned runs may lack. */
    private ObservedRun observed() {
      return new ObservedRun(
          text("id"),
          scenario(),
          optional("throughput_tok_s", 1),
          optional("ideal_throughput_tok_s", 1),
          optional("mean_ttft_ms", MILLIS),
          optional("ttft_with_unfinished_ms", MILLIS),
          optional("mean_tpot_ms", MILLIS),
          optional("mean_itl_ms", MILLIS),
          optional("mean_running", 1),
          optional("mean_waiting", 1),
          optional("mean_kv_usage", 1));
    }

    /** The third part of an id group/model/scenario/setting; the id itself if it has no parts. */
    private String scenario() {
      String[] parts = text("id").split("/", -1);
      return parts.length > 2 ? parts[2] : text("id");
    }

    private double optional(String column, double unit) {
      return row.findField(column).filter(text -> !text.isEmpty()).isPresent()
          ? number(column) * unit
          : Double.NaN;
    }

    private int integer(String column) {
      double value = number(column);
      if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
        throw malformed(column + " is '" + text(column) + "', expected a whole number");
      }
      return (int) value;
    }

    private String text(String column) {
      return row.findField(column)
          .orElseThrow(() -> malformed("the column " + column + " is missing"));
    }

    private double number(String column) {
      String text = text(column);
      if (text.isEmpty()) {
        return Double.NaN;
      }
      return parse(column, text, Double::valueOf);
    }

    private <T> List<T> list(String column, Function<String, T> parse) {
      return Arrays.stream(text(column).split(" "))
          .map(word -> parse(column, word, parse))
          .collect(ImmutableList.toImmutableList());
    }

    private <T> T parse(String column, String text, Function<String, T> parse) {
      try {
        return parse.apply(text.strip());
      } catch (NumberFormatException e) {
        throw malformed(column + " is '" + text + "', expected a number");
      }
    }

    private MalformedInputException malformed(String problem) {
      return new MalformedInputException(
          new SourceLocation(source, row.getStartingLineNumber(), 0), problem);
    }
  }
}
