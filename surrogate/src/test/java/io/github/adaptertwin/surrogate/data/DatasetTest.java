package io.github.adaptertwin.surrogate.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetTest {
  private static final List<String> NAMES = List.of("a", "b");

  private static Dataset three() {
    return Dataset.builder(NAMES)
        .add(new double[] {1, 10}, 100)
        .add(new double[] {2, 20}, 200)
        .add(new double[] {3, 30}, 300)
        .build();
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Test
  void rows_and_columns_are_the_same_table() {
    Dataset data = three();
    assertEquals(3, data.rows());
    assertEquals(2, data.width());
    assertEquals(NAMES, data.features());
    assertEquals(1, data.indexOf("b"));
    assertArrayEquals(new double[] {2, 20}, data.row(1));
    assertArrayEquals(new double[] {10, 20, 30}, data.column(1));
    assertArrayEquals(new double[] {100, 200, 300}, data.targets());
    assertEquals(30, data.feature(2, 1));
    assertEquals(300, data.target(2));
    Dataset same =
        Dataset.ofColumns(
            NAMES, new double[][] {{1, 2, 3}, {10, 20, 30}}, new double[] {100, 200, 300});
    assertArrayEquals(data.row(2), same.row(2));
    assertEquals(data.target(0), same.target(0));
  }

  @Test
  void what_is_handed_out_and_taken_in_is_a_copy() {
    double[][] columns = {{1, 2}, {3, 4}};
    double[] targets = {5, 6};
    Dataset data = Dataset.ofColumns(NAMES, columns, targets);
    columns[0][0] = 9;
    targets[0] = 9;
    data.column(1)[0] = 9;
    data.targets()[1] = 9;
    data.row(0)[0] = 9;
    assertArrayEquals(new double[] {1, 3}, data.row(0));
    assertArrayEquals(new double[] {5, 6}, data.targets());
    double[] row = {1, 2};
    Dataset.Builder builder = Dataset.builder(NAMES).add(row, 0);
    row[0] = 9;
    assertEquals(1, builder.build().feature(0, 0));
    double[] others = {7, 8};
    Dataset other = data.withTarget(others);
    others[0] = 0;
    assertEquals(7, other.target(0));
    assertEquals(5, data.target(0));
    assertArrayEquals(data.row(1), other.row(1));
  }

  @Test
  void rows_are_selected_in_the_order_asked_for_and_may_repeat() {
    Dataset some = three().select(new int[] {2, 0, 2});
    assertArrayEquals(new double[] {300, 100, 300}, some.targets());
    assertArrayEquals(new double[] {30, 10, 30}, some.column(1));
    assertRefused(
        "no row is selected; a dataset needs at least one", () -> three().select(new int[0]));
  }

  @Test
  void tables_that_do_not_fit_together_are_refused() {
    double[] one = {1};
    String shape = "; give a column for each feature and at least one row";
    assertRefused(
        "there are 0 features, 0 columns and 1 targets" + shape,
        () -> Dataset.ofColumns(List.of(), new double[0][], one));
    assertRefused(
        "there are 2 features, 1 columns and 1 targets" + shape,
        () -> Dataset.ofColumns(NAMES, new double[1][1], one));
    assertRefused(
        "there are 2 features, 2 columns and 0 targets" + shape,
        () -> Dataset.ofColumns(NAMES, new double[2][0], new double[0]));
    assertRefused(
        "feature 'b' has 2 values, there are 1 targets",
        () -> Dataset.ofColumns(NAMES, new double[][] {{1}, {1, 2}}, one));
    assertRefused(
        "row 0: feature 'b' is Infinity, must be finite; leave rows with missing values out",
        () -> Dataset.ofColumns(NAMES, new double[][] {{1}, {1.0 / 0}}, one));
    assertRefused(
        "row 0: target is NaN, must be finite",
        () -> Dataset.ofColumns(NAMES, new double[2][1], new double[] {Double.NaN}));
    assertRefused("there are 1 targets for 3 rows", () -> three().withTarget(one));
    assertRefused(
        "row 1: target is -Infinity, must be finite",
        () -> three().withTarget(new double[] {1, -1.0 / 0, 1}));
    assertRefused("there is no feature 'c'; there are [a, b]", () -> three().indexOf("c"));
  }

  @Test
  void rows_that_do_not_fit_are_refused() {
    assertRefused("a dataset needs at least one feature", () -> Dataset.builder(List.of()));
    assertRefused("a dataset needs at least one row", () -> Dataset.builder(NAMES).build());
    Dataset.Builder builder = Dataset.builder(NAMES).add(new double[2], 0);
    assertRefused(
        "row 1 has 1 values, the dataset has 2 features", () -> builder.add(new double[1], 0));
    assertRefused(
        "row 1: feature 'a' is NaN, must be finite; leave rows with missing values out",
        () -> builder.add(new double[] {Double.NaN, 0}, 0));
    assertRefused("row 1: target is NaN, must be finite", () -> builder.add(new double[2], 0. / 0));
    assertEquals(1, builder.build().rows());
  }
}
