package io.github.adaptertwin.surrogate.tree;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.Arrays;
import java.util.List;

/**
 * A dataset whose feature values are replaced by the number of the bin that they fall in, so that a
 * learner finds splits by adding up bins instead of sorting rows. A feature with no more different
 * values than bins has a bin for each of them, and then nothing is lost; otherwise bins hold about
 * equally many rows. Immutable and thread-safe.
 */
public final class BinnedDataset {
  /** Most bins of a feature; a bin's number fits into a byte. */
  public static final int MOST_BINS = 256;

  private final ImmutableList<String> features;
  private final byte[][] codes;
  private final double[][] edges;
  private final double[] target;

  private BinnedDataset(
      ImmutableList<String> features, byte[][] codes, double[][] edges, double[] target) {
    this.features = features;
    this.codes = codes;
    this.edges = edges;
    this.target = target;
  }

  /**
   * Sorts the values of a dataset into bins.
   *
   * @param data the rows
   * @param maxBins most bins of a feature, in [2, 256]
   * @return the binned rows
   * @throws IllegalArgumentException if the number of bins is outside its range
   */
  public static BinnedDataset of(Dataset data, int maxBins) {
    if (maxBins < 2 || maxBins > MOST_BINS) {
      throw new IllegalArgumentException(
          "bins are " + maxBins + ", must be in [2, " + MOST_BINS + "]");
    }
    int width = data.width();
    byte[][] codes = new byte[width][];
    double[][] edges = new double[width][];
    for (int f = 0; f < width; f++) {
      double[] values = data.column(f);
      edges[f] = edges(values, maxBins);
      codes[f] = new byte[values.length];
      for (int r = 0; r < values.length; r++) {
        codes[f][r] = (byte) binOf(edges[f], values[r]);
      }
    }
    return new BinnedDataset(ImmutableList.copyOf(data.features()), codes, edges, data.targets());
  }

  /** Bin b holds the values above edge b - 1 and up to edge b; the last bin has no edge. */
  private static double[] edges(double[] values, int maxBins) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int different = 1;
    for (int i = 1; i < sorted.length; i++) {
      // Subtracting turns -0.0 and 0.0, which sort apart, into one value.
      different += sorted[i] - sorted[i - 1] > 0 ? 1 : 0;
    }
    double[] edges = new double[Math.min(different, maxBins) - 1];
    int made = 0;
    int begin = 0;
    for (int i = 1; i < sorted.length && made < edges.length; i++) {
      if (!(sorted[i] > sorted[i - 1])) {
        continue;
      }
      int binsLeft = edges.length + 1 - made;
      boolean full = different <= maxBins || (i - begin) * (long) binsLeft >= sorted.length - begin;
      if (full) {
        edges[made++] = between(sorted[i - 1], sorted[i]);
        begin = i;
      }
    }
    return Arrays.copyOf(edges, made);
  }

  /** The middle of two neighbours, or the lower where doubles have none between. */
  static double between(double low, double high) {
    double middle = low / 2 + high / 2;
    return middle >= low && middle < high ? middle : low;
  }

  private static int binOf(double[] edges, double value) {
    int low = 0;
    int high = edges.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (value <= edges[middle]) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** {@return names of the features; unmodifiable} */
  public List<String> features() {
    return features;
  }

  /** {@return number of rows} */
  public int rows() {
    return target.length;
  }

  /** {@return number of features} */
  public int width() {
    return codes.length;
  }

  /**
   * {@return number of bins of a feature, at least 1}
   *
   * @param feature in [0, width)
   */
  public int bins(int feature) {
    return edges[feature].length + 1;
  }

  /**
   * {@return largest value that falls in a bin}
   *
   * @param feature in [0, width)
   * @param bin in [0, bins - 1)
   */
  public double edge(int feature, int bin) {
    return edges[feature][bin];
  }

  /**
   * {@return bin that a row's value falls in}
   *
   * @param row in [0, rows)
   * @param feature in [0, width)
   */
  public int code(int row, int feature) {
    return codes[feature][row] & 0xff;
  }

  /**
   * {@return one target}
   *
   * @param row in [0, rows)
   */
  public double target(int row) {
    return target[row];
  }

  /** {@return a copy of the targets by row} */
  public double[] targets() {
    return target.clone();
  }

  /** The codes of one feature by row; not to be written. */
  byte[] codes(int feature) {
    return codes[feature];
  }
}
