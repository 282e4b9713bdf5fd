package io.github.adaptertwin.surrogate.tree;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.surrogate.Workers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Grows one tree over binned rows, best leaf first. Each row brings a gradient and a weight; a leaf
 * is worth the ratio of their sums, and the split is taken that parts the two sides' ratios most:
 *
 * <pre>gain = (WL * WR) / (WL + WR) * (GL / WL - GR / WR)^2</pre>
 *
 * <p>With gradients y - mean and weights 1 that is the reduction of squared error (CART); with
 * those of a loss it is a Newton step (J. Friedman, "Greedy function approximation", Annals of
 * Statistics 29(5), 2001). Written as a difference of means, the gain of two nearly equal sides
 * does not cancel. Ties go to the lower feature, then the lower bin; sums of a feature run in the
 * order of rows on one thread, so the tree is the same to the bit whatever the number of threads.
 *
 * <p>Holds the memory for one tree at a time and can grow any number; not thread-safe.
 */
public final class HistogramGrower {
  /** Gains below this share of the sum of squared gradients are rounding. */
  private static final double ROUNDING = 1e-14;

  /** Below this many sums it costs more to wake a thread than to add them. */
  private static final long WORTH_SHARING = 1 << 16;

  private static final int GRADIENT = 0;
  private static final int WEIGHT = 1;
  private static final int COUNT = 2;
  private static final int SUMS = 3;

  private final BinnedDataset data;
  private final GrowthLimits limits;
  private final Workers workers;
  private final int[] offset;
  private final boolean constrained;

  // A node's rows are contiguous in these three, in ascending order of rows.
  private final int[] rows;
  private final double[] gradient;
  private final double[] weight;
  private final int[] rowsRight;
  private final double[] gradientRight;
  private final double[] weightRight;

  /** Whether a node's sums serve to find those of its larger child. */
  private boolean subtract;

  // Sums that no leaf needs any more.
  private final ArrayDeque<double[]> free = new ArrayDeque<>();

  /**
   * Makes a grower.
   *
   * @param data the rows
   * @param limits how far to grow
   * @param workers who adds up the features side by side
   * @throws IllegalArgumentException if there are constraints, but not one for each feature
   */
  public HistogramGrower(BinnedDataset data, GrowthLimits limits, Workers workers) {
    if (!limits.monotone().isEmpty() && limits.monotone().size() != data.width()) {
      throw new IllegalArgumentException(
          "there are "
              + limits.monotone().size()
              + " monotone constraints for "
              + data.width()
              + " features; give one for each, or none");
    }
    this.data = data;
    this.limits = limits;
    this.workers = workers;
    constrained = limits.monotone().stream().anyMatch(m -> m != GrowthLimits.Monotone.FREE);
    offset = new int[data.width() + 1];
    for (int f = 0; f < data.width(); f++) {
      offset[f + 1] = offset[f] + data.bins(f) * SUMS;
    }
    int n = data.rows();
    rows = new int[n];
    gradient = new double[n];
    weight = new double[n];
    rowsRight = new int[n];
    gradientRight = new double[n];
    weightRight = new double[n];
  }

  /** Which features a split may look at. */
  private interface Features {
    int[] next();
  }

  /** A leaf, and how it may still be split. */
  private static final class Leaf {
    final int node;
    final int from;
    final int to;
    final double least;
    final double most;
    final double @Nullable [] sums;
    final @Nullable Split split;

    Leaf(
        int node,
        int from,
        int to,
        double least,
        double most,
        double @Nullable [] sums,
        @Nullable Split split) {
      this.node = node;
      this.from = from;
      this.to = to;
      this.least = least;
      this.most = most;
      this.sums = sums;
      this.split = split;
    }

    int node() {
      return node;
    }

    double gain() {
      return split == null ? 0 : split.gain();
    }
  }

  /** A split of one leaf. */
  private record Split(int feature, int bin, double gain, double left, double right) {}

  /**
   * Grows a tree in which every split may use every feature.
   *
   * @param members rows to grow on, ascending, at least one
   * @param gradients by row
   * @param weights by row, each above 0
   * @return the tree, whose leaves may still be given other values
   */
  public GrownTree grow(int[] members, double[] gradients, double[] weights) {
    int[] all = new int[data.width()];
    Arrays.setAll(all, f -> f);
    return grow(members, gradients, weights, () -> all, true);
  }

  /**
   * Grows a tree in which every split looks at a few features drawn at random.
   *
   * @param members rows to grow on, ascending, at least one
   * @param gradients by row
   * @param weights by row, each above 0
   * @param featuresPerSplit how many features are drawn, in [1, width]
   * @param stream where the randomness comes from
   * @return the tree, whose leaves may still be given other values
   */
  public GrownTree grow(
      int[] members,
      double[] gradients,
      double[] weights,
      int featuresPerSplit,
      RandomStream stream) {
    if (featuresPerSplit < 1 || featuresPerSplit > data.width()) {
      throw new IllegalArgumentException(
          "features per split are " + featuresPerSplit + ", must be in [1, " + data.width() + "]");
    }
    if (featuresPerSplit == data.width()) {
      return grow(members, gradients, weights);
    }
    int[] pool = new int[data.width()];
    Arrays.setAll(pool, f -> f);
    Features drawn =
        () -> {
          for (int i = 0; i < featuresPerSplit; i++) {
            int other = i + stream.nextInt(pool.length - i);
            int kept = pool[i];
            pool[i] = pool[other];
            pool[other] = kept;
          }
          int[] few = Arrays.copyOf(pool, featuresPerSplit);
          Arrays.sort(few);
          return few;
        };
    // With other features at each split, a sibling's sums are not at hand to be subtracted.
    return grow(members, gradients, weights, drawn, false);
  }

  private GrownTree grow(
      int[] members, double[] gradients, double[] weights, Features features, boolean all) {
    subtract = all;
    double squares = 0;
    for (int i = 0; i < members.length; i++) {
      int row = members[i];
      rows[i] = row;
      gradient[i] = gradients[row];
      weight[i] = weights[row];
      squares += gradient[i] * gradient[i] / weight[i];
    }
    double leastGain = ROUNDING * squares;
    TreeNodes nodes = new TreeNodes(2 * limits.maxLeaves() - 1);
    List<Leaf> done = new ArrayList<>();
    PriorityQueue<Leaf> open =
        new PriorityQueue<>(
            Comparator.comparingDouble((Leaf l) -> -l.gain()).thenComparingInt(Leaf::node));
    double infinity = Double.POSITIVE_INFINITY;
    int root = nodes.add(value(0, members.length, -infinity, infinity));
    offer(open, done, root, 0, members.length, -infinity, infinity, null, features, leastGain);
    int leaves = 1;
    while (leaves < limits.maxLeaves() && !open.isEmpty()) {
      Leaf leaf = open.remove();
      split(leaf, nodes, open, done, features, leastGain);
      leaves++;
    }
    done.addAll(open);
    done.sort(Comparator.comparingInt(Leaf::node));
    GrownTree tree = new GrownTree(data, nodes);
    for (Leaf leaf : done) {
      tree.addLeaf(leaf.node, Arrays.copyOfRange(rows, leaf.from, leaf.to), leaf.least, leaf.most);
    }
    return tree;
  }

  private void split(
      Leaf leaf,
      TreeNodes nodes,
      PriorityQueue<Leaf> open,
      List<Leaf> done,
      Features features,
      double leastGain) {
    Split split = leaf.split;
    if (split == null) {
      throw new AssertionError("a leaf without a split was opened");
    }
    int middle = partition(leaf.from, leaf.to, split.feature(), split.bin());
    int left = nodes.add(split.left());
    int right = nodes.add(split.right());
    nodes.split(
        leaf.node,
        split.feature(),
        data.edge(split.feature(), split.bin()),
        split.bin(),
        left,
        right);
    double mostLeft = leaf.most;
    double leastLeft = leaf.least;
    double mostRight = leaf.most;
    double leastRight = leaf.least;
    double between = (split.left() + split.right()) / 2;
    switch (monotone(split.feature())) {
      case RISING -> {
        mostLeft = between;
        leastRight = between;
      }
      case FALLING -> {
        leastLeft = between;
        mostRight = between;
      }
      case FREE -> {}
    }
    double[] leftSums = null;
    double[] rightSums = null;
    double[] parentSums = leaf.sums;
    if (subtract && parentSums != null) {
      boolean leftIsSmaller = middle - leaf.from <= leaf.to - middle;
      int[] all = features.next();
      double[] small = cleared(all);
      addUp(all, leftIsSmaller ? leaf.from : middle, leftIsSmaller ? middle : leaf.to, small);
      // The parent is not needed any more; the larger child takes its memory.
      for (int i = 0; i < parentSums.length; i++) {
        parentSums[i] -= small[i];
      }
      leftSums = leftIsSmaller ? small : parentSums;
      rightSums = leftIsSmaller ? parentSums : small;
    }
    offer(open, done, left, leaf.from, middle, leastLeft, mostLeft, leftSums, features, leastGain);
    offer(
        open, done, right, middle, leaf.to, leastRight, mostRight, rightSums, features, leastGain);
  }

  private GrowthLimits.Monotone monotone(int feature) {
    return constrained ? limits.monotone().get(feature) : GrowthLimits.Monotone.FREE;
  }

  private double value(int from, int to, double least, double most) {
    double g = 0;
    double w = 0;
    for (int i = from; i < to; i++) {
      g += gradient[i];
      w += weight[i];
    }
    return Math.max(least, Math.min(most, g / (w + limits.ridge())));
  }

  private void offer(
      PriorityQueue<Leaf> open,
      List<Leaf> done,
      int node,
      int from,
      int to,
      double least,
      double most,
      double @Nullable [] known,
      Features features,
      double leastGain) {
    Split best = null;
    double[] sums = known;
    if (to - from >= 2 * limits.minRowsPerLeaf() && limits.maxLeaves() > 1) {
      int[] some = features.next();
      if (sums == null) {
        sums = cleared(some);
        addUp(some, from, to, sums);
      }
      for (int f : some) {
        Split candidate = bestSplit(f, sums, to - from, least, most, leastGain);
        if (candidate != null && (best == null || candidate.gain() > best.gain())) {
          best = candidate;
        }
      }
    }
    boolean keep = best != null && subtract;
    if (!keep && sums != null) {
      free.push(sums);
    }
    Leaf leaf = new Leaf(node, from, to, least, most, keep ? sums : null, best);
    (best == null ? done : open).add(leaf);
  }

  /** Memory for sums, 0 for the given features. */
  private double[] cleared(int[] features) {
    double[] sums = free.isEmpty() ? new double[offset[data.width()]] : free.pop();
    for (int f : features) {
      Arrays.fill(sums, offset[f], offset[f + 1], 0);
    }
    return sums;
  }

  private void addUp(int[] features, int from, int to, double[] sums) {
    if (workers.threads() > 1 && (to - from) * (long) features.length >= WORTH_SHARING) {
      workers.forEach(features.length, i -> addUp(features[i], from, to, sums));
    } else {
      for (int f : features) {
        addUp(f, from, to, sums);
      }
    }
  }

  private void addUp(int feature, int from, int to, double[] sums) {
    byte[] codes = data.codes(feature);
    int base = offset[feature];
    int[] r = rows;
    double[] g = gradient;
    double[] w = weight;
    for (int i = from; i < to; i++) {
      int at = base + (codes[r[i]] & 0xff) * SUMS;
      sums[at + GRADIENT] += g[i];
      sums[at + WEIGHT] += w[i];
      sums[at + COUNT] += 1;
    }
  }

  private @Nullable Split bestSplit(
      int feature, double[] sums, int count, double least, double most, double leastGain) {
    int base = offset[feature];
    int end = offset[feature + 1];
    double gradients = 0;
    double weights = 0;
    for (int at = base; at < end; at += SUMS) {
      gradients += sums[at + GRADIENT];
      weights += sums[at + WEIGHT];
    }
    double minRows = limits.minRowsPerLeaf();
    GrowthLimits.Monotone monotone = monotone(feature);
    double g = 0;
    double w = 0;
    double n = 0;
    double bestGain = leastGain;
    int bestBin = -1;
    double bestG = 0;
    double bestW = 0;
    int bin = 0;
    for (int at = base; at < end - SUMS; at += SUMS, bin++) {
      double inBin = sums[at + COUNT];
      if (inBin == 0) {
        continue;
      }
      g += sums[at + GRADIENT];
      w += sums[at + WEIGHT];
      n += inBin;
      if (n < minRows) {
        continue;
      }
      if (count - n < minRows) {
        break;
      }
      double rest = weights - w;
      double apart = g * rest - (gradients - g) * w;
      double gain = apart * apart / (w * rest * weights);
      if (gain > bestGain && keeps(monotone, g, w, gradients - g, rest, least, most)) {
        bestGain = gain;
        bestBin = bin;
        bestG = g;
        bestW = w;
      }
    }
    if (bestBin < 0) {
      return null;
    }
    double left = clamp(bestG / (bestW + limits.ridge()), least, most);
    double right = clamp((gradients - bestG) / (weights - bestW + limits.ridge()), least, most);
    return new Split(feature, bestBin, bestGain, left, right);
  }

  private boolean keeps(
      GrowthLimits.Monotone monotone,
      double gLeft,
      double wLeft,
      double gRight,
      double wRight,
      double least,
      double most) {
    if (monotone == GrowthLimits.Monotone.FREE) {
      return true;
    }
    double left = clamp(gLeft / (wLeft + limits.ridge()), least, most);
    double right = clamp(gRight / (wRight + limits.ridge()), least, most);
    return monotone == GrowthLimits.Monotone.RISING ? left <= right : left >= right;
  }

  private static double clamp(double value, double least, double most) {
    return Math.max(least, Math.min(most, value));
  }

  /** Moves the rows of the left side to the front and keeps both sides in order. */
  private int partition(int from, int to, int feature, int bin) {
    byte[] codes = data.codes(feature);
    int left = from;
    int right = 0;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      if ((codes[row] & 0xff) <= bin) {
        rows[left] = row;
        gradient[left] = gradient[i];
        weight[left] = weight[i];
        left++;
      } else {
        rowsRight[right] = row;
        gradientRight[right] = gradient[i];
        weightRight[right] = weight[i];
        right++;
      }
    }
    System.arraycopy(rowsRight, 0, rows, left, right);
    System.arraycopy(gradientRight, 0, gradient, left, right);
    System.arraycopy(weightRight, 0, weight, left, right);
    return left;
  }
}
