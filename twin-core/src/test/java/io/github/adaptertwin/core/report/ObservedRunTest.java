package io.github.adaptertwin.core.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObservedRunTest {
  private static final int ITL = 5;
  private static final int KV_USE = 8;

  /** A run with one of its figures, in the order of the record, replaced. */
  private static ObservedRun with(int which, double value) {
    double[] v = {90, 100, 0.5, 2, 0.02, 0.02, 8, 1, 0.25};
    v[which] = value;
    return new ObservedRun("r1", "s", v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
  }

  @ParameterizedTest
  @CsvSource({
    "0, throughput in tokens/s",
    "1, ideal throughput in tokens/s",
    "2, mean TTFT in seconds",
    "3, TTFT with unfinished in seconds",
    "4, mean TPOT in seconds",
    "6, mean running",
    "7, mean waiting",
    "8, mean KV use"
  })
  void figuresBelowNothing_areRefusedByName(int which, String what) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> with(which, -0.5)).getMessage();
    assertEquals("run 'r1': " + what + " is -0.5, must be at least 0 (NaN: not measured)", message);
    assertEquals(with(which, 0), with(which, 0));
    assertEquals(with(which, Double.NaN), with(which, Double.NaN));
  }

  @Test
  void gapsInAnotherUnit_areRefused() {
    for (double seconds : new double[] {Math.nextDown(1e-4), Math.nextUp(10.0), 0}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> with(ITL, seconds)).getMessage();
      assertTrue(message.startsWith("run 'r1' has a mean ITL of " + seconds + " s"), message);
    }
    assertEquals(1e-4, with(ITL, 1e-4).meanItlSeconds());
    assertEquals(10, with(ITL, 10).meanItlSeconds());
    assertTrue(Double.isNaN(with(ITL, Double.NaN).meanItlSeconds()));
  }

  @Test
  void aShareAboveOne_isRefused() {
    assertEquals(1, with(KV_USE, 1).meanKvUse());
    assertThrows(IllegalArgumentException.class, () -> with(KV_USE, Math.nextUp(1.0)));
  }

  @Test
  void aRunWithoutAName_isRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ObservedRun(" ", "s", 90, 100, 0.5, 2, 0.02, 0.02, 8, 1, 0.25));
  }

  @Test
  void aRun_isStarvedBelowNineTenths() {
    assertFalse(with(0, 90).starved());
    assertTrue(with(0, 89.9).starved());
    assertEquals(0.9, with(0, 90).completedShare());
  }
}
