package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.CsvTable;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A table of single steps. Immutable and thread-safe.
 *
 * @param steps the rows that can be used, in order
 * @param passedOver rows of the model whose tokens or context are not known
 */
public record MeasuredSteps(List<MeasuredStep> steps, int passedOver) {
  private static final double MILLIS = 1e-3;

  /** Takes an unmodifiable copy. */
  public MeasuredSteps {
    steps = ImmutableList.copyOf(steps);
  }

  /**
   * Reads the rows of one model from a table. Needed columns: {@code model, adapter_slots} (empty =
   * LoRA disabled), {@code max_lora_rank, distinct_adapters, batched_tokens} (negative or empty =
   * not logged) and {@code step_ms_median} or {@code step_ms}, in milliseconds. Read where they are
   * present: {@code max_cpu_loras} (else the slots), {@code context_tokens} (else each of the
   * tokens is taken to decode in the middle of {@code prompt_tokens} and {@code output_tokens}),
   * {@code max_num_seqs} (the batch of a row of {@code output_tokens} above 1 whose tokens were not
   * logged), {@code waiting} (else 0) and {@code steps} (else 1). Other columns are passed over.
   *
   * @param file a CSV file with a header
   * @param model name of the base model, in whatever case and punctuation
   * @return its steps
   * @throws MalformedInputException if a line cannot be used (the message names file, line and
   *     value) or the bytes are not UTF-8
   * @throws IOException if the file cannot be read
   */
  public static MeasuredSteps read(Path file, String model) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text, model);
    }
  }

  /**
   * Reads the rows of one model from a text.
   *
   * @param source its name in messages
   * @param text a CSV text with a header; closed afterwards
   * @param model name of the base model
   * @return its steps
   * @throws MalformedInputException if a line cannot be used
   * @throws IOException if the text cannot be read
   */
  public static MeasuredSteps read(String source, Reader text, String model) throws IOException {
    ImmutableList.Builder<MeasuredStep> steps = ImmutableList.builder();
    int[] passedOver = {0};
    CsvTable.forEach(
        source,
        text,
        row -> {
          if (plain(row.text("model")).equals(plain(model))) {
            @Nullable MeasuredStep step = step(row);
            if (step == null) {
              passedOver[0]++;
            } else {
              steps.add(step);
            }
          }
        });
    return new MeasuredSteps(steps.build(), passedOver[0]);
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** The step of a row, null if it does not tell the tokens or the context of the batch. */
  private static @Nullable MeasuredStep step(CsvTable.Row row) {
    int slots = row.text("adapter_slots").isEmpty() ? 0 : row.integer("adapter_slots");
    double prompt = row.numberOr("prompt_tokens", Double.NaN);
    double output = row.numberOr("output_tokens", Double.NaN);
    int tokens = row.text("batched_tokens").isEmpty() ? -1 : row.integer("batched_tokens");
    if (tokens < 0 && output > 1) {
      tokens = integerOr(row, "max_num_seqs", -1);
    }
    double context = row.numberOr("context_tokens", tokens * (prompt + output / 2));
    if (tokens < 0 || Double.isNaN(context)) {
      return null;
    }
    double millis =
        row.has("step_ms_median") ? row.number("step_ms_median") : row.number("step_ms");
    try {
      return new MeasuredStep(
          row.text("adapter_slots")
              + "/"
              + prompt
              + "/"
              + output
              + "/"
              + row.numberOr("max_num_seqs", 0),
          slots,
          slots == 0 ? 1 : row.integer("max_lora_rank"),
          integerOr(row, "max_cpu_loras", slots),
          tokens,
          context,
          row.integer("distinct_adapters"),
          row.numberOr("waiting", 0),
          millis * MILLIS,
          row.numberOr("steps", 1));
    } catch (IllegalArgumentException e) {
      throw row.malformed(String.valueOf(e.getMessage()));
    }
  }

  private static int integerOr(CsvTable.Row row, String column, int otherwise) {
    return row.has(column) ? row.integer(column) : otherwise;
  }
}
