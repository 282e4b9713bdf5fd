package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
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
    int passedOver = 0;
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(text)) {
      for (NamedCsvRecord row : rows) {
        Row line = new Row(source, row);
        if (plain(line.text("model")).equals(plain(model))) {
          @Nullable MeasuredStep step = line.step();
          if (step == null) {
            passedOver++;
          } else {
            steps.add(step);
          }
        }
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
    return new MeasuredSteps(steps.build(), passedOver);
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** One line of the table. */
  private record Row(String source, NamedCsvRecord row) {
    @Nullable MeasuredStep step() {
      int slots = text("adapter_slots").isEmpty() ? 0 : integer("adapter_slots");
      double prompt = optional("prompt_tokens", Double.NaN);
      double output = optional("output_tokens", Double.NaN);
      int tokens = text("batched_tokens").isEmpty() ? -1 : integer("batched_tokens");
      if (tokens < 0 && output > 1) {
        tokens = optionalInteger("max_num_seqs", -1);
      }
      double context = optional("context_tokens", tokens * (prompt + output / 2));
      if (tokens < 0 || Double.isNaN(context)) {
        return null;
      }
      double millis =
          row.findField("step_ms_median").isPresent()
              ? number("step_ms_median")
              : number("step_ms");
      try {
        return new MeasuredStep(
            text("adapter_slots") + "/" + prompt + "/" + output + "/" + optional("max_num_seqs", 0),
            slots,
            slots == 0 ? 1 : integer("max_lora_rank"),
            optionalInteger("max_cpu_loras", slots),
            tokens,
            context,
            integer("distinct_adapters"),
            optional("waiting", 0),
            millis * MILLIS,
            optional("steps", 1));
      } catch (IllegalArgumentException e) {
        throw malformed(String.valueOf(e.getMessage()));
      }
    }

    String text(String column) {
      return row.findField(column)
          .orElseThrow(() -> malformed("the column " + column + " is missing"));
    }

    private double optional(String column, double otherwise) {
      return row.findField(column).filter(t -> !t.isEmpty()).isPresent()
          ? number(column)
          : otherwise;
    }

    private int optionalInteger(String column, int otherwise) {
      return row.findField(column).filter(t -> !t.isEmpty()).isPresent()
          ? integer(column)
          : otherwise;
    }

    private int integer(String column) {
      double value = number(column);
      if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
        throw malformed(column + " is '" + text(column) + "', expected a whole number");
      }
      return (int) value;
    }

    private double number(String column) {
      String text = text(column);
      try {
        double value = Double.parseDouble(text);
        if (Double.isFinite(value)) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw malformed(column + " is '" + text + "', expected a number");
      }
      throw malformed(column + " is '" + text + "', must be finite");
    }

    private MalformedInputException malformed(String problem) {
      return new MalformedInputException(
          new SourceLocation(source, row.getStartingLineNumber(), 0), problem);
    }
  }
}
