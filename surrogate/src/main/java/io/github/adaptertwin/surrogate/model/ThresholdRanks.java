package io.github.adaptertwin.surrogate.model;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How many of a feature's thresholds are below a value. The span of the thresholds is cut into
 * equal cells, so that a value's cell tells all but the few thresholds that lie in the same cell;
 * those are halved without a branch. Cells rise with values, because each operation that finds them
 * does, so the answer is exact whatever is rounded. Immutable and thread-safe.
 */
final class ThresholdRanks implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int CELLS_PER_THRESHOLD = 8;

  /** Ascending, then as many infinite ones as a search may look beyond the end. */
  private final double[] thresholds;

  private final int count;
  private final double origin;
  private final double cellsPerUnit;

  /** By cell, how many thresholds lie in cells before it. */
  private final char[] before;

  /** Most thresholds of a cell. */
  private final int most;

  /**
   * Cuts the span.
   *
   * @param sorted the thresholds, finite, ascending, at most 65,535
   */
  ThresholdRanks(double[] sorted) {
    count = sorted.length;
    double span = count == 0 ? 0 : sorted[count - 1] - sorted[0];
    double scale = CELLS_PER_THRESHOLD * count / span;
    // One threshold has no span, and that of huge ones is infinite: all lie in one cell.
    boolean cut = scale > 0 && scale < Double.POSITIVE_INFINITY;
    origin = count == 0 ? 0 : sorted[0];
    cellsPerUnit = cut ? scale : 0;
    before = new char[cut ? CELLS_PER_THRESHOLD * count + 1 : 1];
    int[] inside = new int[before.length];
    for (double threshold : sorted) {
      inside[cell(threshold)]++;
    }
    int sum = 0;
    for (int c = 0; c < inside.length; c++) {
      before[c] = (char) sum;
      sum += inside[c];
    }
    most = Arrays.stream(inside).max().orElse(0);
    thresholds = Arrays.copyOf(sorted, count + most);
    Arrays.fill(thresholds, count, thresholds.length, Double.POSITIVE_INFINITY);
  }

  /** {@return number of thresholds} */
  int count() {
    return count;
  }

  /**
   * {@return number of thresholds below a value: it is at most threshold k if that is at most k}
   *
   * @param value infinite ones are above all or none, NaN is above none, whatever its bits
   */
  int below(double value) {
    if (!(Math.abs(value) <= Double.MAX_VALUE)) {
      return value > 0 ? count : 0;
    }
    if (most == 0) {
      return 0;
    }
    double[] sorted = thresholds;
    int low = before[cell(value)];
    // The length shrinks alike whatever the answers.
    int size = most;
    while (size > 1) {
      int half = size >>> 1;
      low += half & isBelow(sorted[low + half - 1], value);
      size -= half;
    }
    return low - isBelow(sorted[low], value);
  }

  /**
   * Marks the rows of one column in the bitmaps of their ranks.
   *
   * @param values a value at {@code at} and at each stride after it
   * @param row bit of the first value, and of the others after it
   * @param end end of the bits
   * @param bitmaps those from {@code offset} on are this feature's, one more than thresholds
   */
  void mark(double[] values, int at, int stride, int row, int end, long[][] bitmaps, int offset) {
    int next = at;
    for (int r = row; r < end; r++) {
      bitmaps[offset + below(values[next])][r >>> 6] |= 1L << r;
      next += stride;
    }
  }

  private int cell(double value) {
    return Math.max(0, Math.min(before.length - 1, (int) ((value - origin) * cellsPerUnit)));
  }

  /**
   * {@return -1 if a threshold is below a finite value, else 0}. The sign of a difference is exact,
   * and unlike a comparison it is never made a jump, which rows that are all different would
   * mispredict every other time.
   */
  private static int isBelow(double threshold, double value) {
    return (int) (Double.doubleToRawLongBits(threshold - value) >> (Long.SIZE - 1));
  }
}
