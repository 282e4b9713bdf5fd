package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Training rows as lines of CSV: written so that they are read back to the bit. */
final class TrainingText {
  private static final String STARTED = "ok";
  private static final String REFUSED = "refused";
  private static final ImmutableList<String> LEADING =
      ImmutableList.of("run", "status", "gpu", "model", "engine");

  private TrainingText() {}

  static String header() {
    List<String> names = new ArrayList<>(LEADING);
    names.addAll(TrainingRow.figureNames());
    names.addAll(ServingFeatures.names());
    return record(names);
  }

  static String line(TrainingRow row) {
    List<String> fields = new ArrayList<>();
    fields.add(Integer.toString(row.index()));
    fields.add(row.started() ? STARTED : REFUSED);
    fields.add(row.gpu());
    fields.add(row.model());
    fields.add(row.engine().name());
    for (int f = 0; f < TrainingRow.figureNames().size(); f++) {
      fields.add(row.started() ? Double.toString(row.figure(f)) : "");
    }
    for (int f = 0; f < ServingFeatures.names().size(); f++) {
      fields.add(row.started() ? Double.toString(row.feature(f)) : "");
    }
    return record(fields);
  }

  private static String record(List<String> fields) {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord(fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * Reads a header and its rows.
   *
   * @param source name of the file, for messages
   * @param text what is in it
   */
  static List<TrainingRow> parse(String source, String text) throws IOException {
    ImmutableList.Builder<TrainingRow> rows = ImmutableList.builder();
    try (CsvReader<CsvRecord> csv = CsvReader.builder().ofCsvRecord(text)) {
      boolean first = true;
      // The reader refuses rows that are longer or shorter than the first.
      for (CsvRecord record : csv) {
        if (first) {
          if (!record(record.getFields()).equals(header())) {
            throw malformed(source, record, 0, "the columns are not those of this version");
          }
          first = false;
        } else {
          rows.add(row(source, record));
        }
      }
    } catch (CsvParseException e) {
      throw new MalformedInputException(
          SourceLocation.of(source), "not the CSV expected here: " + e.getMessage(), e);
    }
    return rows.build();
  }

  private static TrainingRow row(String source, CsvRecord record) {
    String status = record.getField(1);
    boolean started = status.equals(STARTED);
    if (!started && !status.equals(REFUSED)) {
      throw malformed(source, record, 1, "'" + status + "' must be " + STARTED + " or " + REFUSED);
    }
    int figures = TrainingRow.figureNames().size();
    double[] figure = new double[started ? figures : 0];
    double[] feature = new double[started ? ServingFeatures.names().size() : 0];
    if (!started) {
      requireEmpty(source, record);
    }
    for (int f = 0; f < figure.length; f++) {
      figure[f] = figure(source, record, f);
    }
    for (int f = 0; f < feature.length; f++) {
      feature[f] = finite(source, record, LEADING.size() + figures + f);
    }
    return new TrainingRow(
        run(source, record),
        record.getField(2),
        record.getField(3),
        engine(source, record, record.getField(4)),
        feature,
        figure);
  }

  private static void requireEmpty(String source, CsvRecord record) {
    for (int field = LEADING.size(); field < record.getFieldCount(); field++) {
      if (!record.getField(field).isEmpty()) {
        throw malformed(
            source, record, field, "'" + record.getField(field) + "' of a run that was refused");
      }
    }
  }

  private static int run(String source, CsvRecord record) {
    String text = record.getField(0);
    if (text.length() <= 10
        && !text.isEmpty()
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      long number = Long.parseLong(text);
      if (number <= Integer.MAX_VALUE) {
        return (int) number;
      }
    }
    throw malformed(
        source, record, 0, "'" + text + "' is no number of a run, expected 0, 1, 2 and so on");
  }

  /** A figure as runs have it: NaN stands for a latency that there was not. */
  private static double figure(String source, CsvRecord record, int figure) {
    int field = LEADING.size() + figure;
    if (TrainingRow.isLatency(figure) && record.getField(field).equals("NaN")) {
      return Double.NaN;
    }
    double value = finite(source, record, field);
    if (value < 0) {
      throw malformed(source, record, field, "'" + record.getField(field) + "' must be at least 0");
    }
    if (TrainingRow.isFlag(figure) && value != 0 && value != 1) {
      throw malformed(source, record, field, "'" + record.getField(field) + "' must be 0 or 1");
    }
    return value;
  }

  private static EngineVersion engine(String source, CsvRecord record, String name) {
    for (EngineVersion version : EngineVersion.values()) {
      if (version.name().equals(name)) {
        return version;
      }
    }
    throw malformed(source, record, 4, "'" + name + "' is no engine version");
  }

  private static double finite(String source, CsvRecord record, int field) {
    double value;
    try {
      value = Double.parseDouble(record.getField(field));
    } catch (NumberFormatException e) {
      throw malformed(source, record, field, "'" + record.getField(field) + "' is no number");
    }
    if (!Double.isFinite(value)) {
      throw malformed(source, record, field, "'" + record.getField(field) + "' must be finite");
    }
    return value;
  }

  private static MalformedInputException malformed(
      String source, CsvRecord record, int field, String problem) {
    return new MalformedInputException(
        new SourceLocation(source, record.getStartingLineNumber(), field + 1), problem);
  }
}
