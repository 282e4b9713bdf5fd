package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingTextTest {
  private static final int FEATURES = ServingFeatures.names().size();

  private static TrainingRow row(int index) {
    double[] features = new double[FEATURES];
    Arrays.setAll(features, f -> 1 / (3.0 + f));
    double[] figures = {0.1, 1000, 900, 1e-300, Double.NaN, 7, 1};
    return new TrainingRow(
        index, "h100, \"large\"", "m", EngineVersion.VLLM_0_8_5, features, figures);
  }

  private static TrainingRow refused(int index) {
    return new TrainingRow(index, "g", "m", EngineVersion.VLLM_0_8_5, new double[0], new double[0]);
  }

  @Test
  void rows_are_read_as_they_were_written() throws IOException {
    String text = TrainingText.header() + TrainingText.line(row(7)) + TrainingText.line(refused(8));
    List<TrainingRow> rows = TrainingText.parse("rows.csv", text);
    assertEquals(2, rows.size());
    TrainingRow read = rows.get(0);
    assertEquals(7, read.index());
    assertEquals("h100, \"large\"", read.gpu());
    assertEquals("m", read.model());
    assertEquals(EngineVersion.VLLM_0_8_5, read.engine());
    assertTrue(read.started());
    assertArrayEquals(row(7).features(), read.features());
    assertEquals(0.1, read.plannedRatePerSecond());
    assertEquals(1000, read.offeredTokensPerSecond());
    assertEquals(900, read.throughputTokensPerSecond());
    assertEquals(1e-300, read.meanItlSeconds());
    assertTrue(Double.isNaN(read.meanTtftSeconds()));
    assertEquals(7, read.p95TtftSeconds());
    assertEquals(1, read.figure(6));
    assertFalse(rows.get(1).started());
    assertEquals(8, rows.get(1).index());
    assertEquals(0, rows.get(1).features().length);
    assertEquals(text.lines().toList().get(1) + "\n", TrainingText.line(read));
    assertEquals(
        "8,refused,g,m,VLLM_0_8_5" + ",".repeat(7 + FEATURES) + "\n",
        TrainingText.line(refused(8)));
  }

  @Test
  void a_run_starves_below_nine_tenths() {
    assertFalse(row(0).starved(), "900 of 1000");
    double[] figures = {1, 1000, Math.nextDown(900), 1, 1, 1, 1};
    assertTrue(
        new TrainingRow(0, "g", "m", EngineVersion.VLLM_0_8_5, new double[1], figures).starved());
  }

  private static void assertRefused(String message, String line) {
    String text = TrainingText.header() + TrainingText.line(refused(3)) + line;
    MalformedInputException refused =
        assertThrows(MalformedInputException.class, () -> TrainingText.parse("rows.csv", text));
    assertEquals("rows.csv, " + message, refused.getMessage());
  }

  /** The line with one field replaced, counted from 1. */
  private static String with(int column, String value) {
    String[] fields =
        TrainingText.line(row(4)).replace("\"h100, \"\"large\"\"\"", "g").strip().split(",");
    fields[column - 1] = value;
    return String.join(",", fields) + "\n";
  }

  @Test
  void fields_that_no_run_writes_are_refused_with_their_place() throws IOException {
    int width = 12 + FEATURES;
    String run = " is no number of a run, expected 0, 1, 2 and so on";
    assertRefused("line 3, column 1: '2147483648'" + run, with(1, "2147483648"));
    assertRefused("line 3, column 1: '00000000001'" + run, with(1, "00000000001"));
    assertRefused("line 3, column 1: ''" + run, with(1, ""));
    assertRefused("line 3, column 1: '+1'" + run, with(1, "+1"));
    assertRefused("line 3, column 1: ':'" + run, with(1, ":"));
    assertRefused("line 3, column 1: '/'" + run, with(1, "/"));
    assertRefused("line 3, column 2: 'OK' must be ok or refused", with(2, "OK"));
    assertRefused("line 3, column 5: 'V9' is no engine version", with(5, "V9"));
    assertRefused("line 3, column 6: 'x' is no number", with(6, "x"));
    assertRefused("line 3, column 6: 'NaN' must be finite", with(6, "NaN"));
    assertRefused("line 3, column 7: '-1' must be at least 0", with(7, "-1"));
    assertRefused("line 3, column 9: 'Infinity' must be finite", with(9, "Infinity"));
    assertRefused("line 3, column 12: '0.5' must be 0 or 1", with(12, "0.5"));
    assertRefused("line 3, column 13: '' is no number", with(13, ""));
    assertRefused("line 3, column 13: 'NaN' must be finite", with(13, "NaN"));
    assertRefused("line 3, column " + width + ": 'y' is no number", with(width, "y"));
    assertRefused("line 3, column 6: '0.1' of a run that was refused", with(2, "refused"));
    String last = TrainingText.line(refused(4)).strip() + "5\n";
    assertRefused("line 3, column " + width + ": '5' of a run that was refused", last);
    for (String zero : List.of("0", "1", "0.0")) {
      assertEquals(
          Double.parseDouble(zero),
          TrainingText.parse("r", TrainingText.header() + with(12, zero)).get(0).figure(6));
    }
    List<TrainingRow> most =
        TrainingText.parse("r", TrainingText.header() + with(1, "2147483647") + with(1, "0"));
    assertEquals(Integer.MAX_VALUE, most.get(0).index());
    assertEquals(0, most.get(1).index());
    assertTrue(
        Double.isNaN(
            TrainingText.parse("r", TrainingText.header() + with(9, "NaN"))
                .get(0)
                .meanItlSeconds()));
  }

  @Test
  void other_tables_are_refused() {
    String header = TrainingText.header().replace("sum_rate", "rate_sum");
    MalformedInputException other =
        assertThrows(MalformedInputException.class, () -> TrainingText.parse("rows.csv", header));
    assertEquals(
        "rows.csv, line 1, column 1: the columns are not those of this version",
        other.getMessage());
    MalformedInputException quote =
        assertThrows(
            MalformedInputException.class,
            () -> TrainingText.parse("rows.csv", TrainingText.header() + "\"a\"b\n"));
    assertTrue(quote.getMessage().startsWith("rows.csv: not the CSV expected here: "));
    MalformedInputException few =
        assertThrows(
            MalformedInputException.class,
            () -> TrainingText.parse("rows.csv", TrainingText.header() + "1,ok\n"));
    assertEquals(
        "rows.csv: not the CSV expected here: Record 2 has 2 fields, but first record had "
            + (12 + FEATURES)
            + " fields",
        few.getMessage());
  }
}
