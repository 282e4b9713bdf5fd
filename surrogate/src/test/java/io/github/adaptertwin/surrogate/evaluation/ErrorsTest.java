package io.github.adaptertwin.surrogate.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ErrorsTest {
  @Test
  void errors_are_percentages_as_the_paper_defines_them() {
    double[] truth = {100, 200};
    double[] prediction = {110, 180};
    assertEquals(10, Errors.mape(truth, prediction), 1e-12);
    // |difference| over the sum of both, which is half of the usual symmetric error.
    double first = 10.0 / 210;
    double second = 20.0 / 380;
    assertEquals(100 * (first + second) / 2, Errors.smapePaper(truth, prediction), 1e-12);
    assertEquals(0, Errors.smapePaper(new double[1], new double[1]));
    assertThrows(IllegalArgumentException.class, () -> Errors.mape(truth, new double[] {1}));
  }
}
