package io.github.adaptertwin.placement.pack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Orders in which pieces are dealt to GPUs, one GPU after the other up to a level of use. Two go
 * from the largest rank to the smallest, because one adapter of a large rank makes every slot of
 * its GPU dear.
 */
enum Dealing {
  /** Inside a rank the highest rate, the lowest, the second highest, ...: GPUs of like mix. */
  ZIGZAG,
  /** Inside a rank by falling rate: GPUs of few hot and GPUs of many cold adapters. */
  FALLING,
  /** All ranks mixed in proportion: every GPU sees the same mix. */
  MIXED;

  /** {@return the pieces in this order; parts of the base model's requests are spread evenly} */
  int[] order(Pieces pieces) {
    int base = 0;
    while (base < pieces.size() && pieces.isBase(pieces.size() - 1 - base)) {
      base++;
    }
    int n = pieces.size() - base;
    int[] order = new int[n];
    switch (this) {
      case FALLING -> Arrays.setAll(order, i -> i);
      case ZIGZAG -> zigzag(pieces, order);
      case MIXED -> mixed(n, order);
    }
    return base == 0 ? order : withBase(order, n, base);
  }

  private static void zigzag(Pieces pieces, int[] order) {
    int n = order.length;
    int from = 0;
    while (from < n) {
      int to = from;
      while (to < n && pieces.rank[to] == pieces.rank[from]) {
        to++;
      }
      int low = from;
      int high = to - 1;
      for (int at = from; at < to; at++) {
        order[at] = (at - from) % 2 == 0 ? low++ : high--;
      }
      from = to;
    }
  }

  /** Every stretch of the order is a sample of the canonical order: strides of the golden ratio. */
  private static void mixed(int n, int[] order) {
    int stride = Math.max(1, (int) Math.round(n * 0.6180339887498949));
    while (gcd(stride, n) != 1) {
      stride++;
    }
    int at = 0;
    for (int i = 0; i < n; i++) {
      order[i] = at;
      at = (int) ((at + (long) stride) % n);
    }
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private static int[] withBase(int[] order, int n, int base) {
    int[] all = new int[n + base];
    int used = 0;
    int at = 0;
    for (int i = 0; i < n; i++) {
      all[at++] = order[i];
      while (used < base && (long) (used + 1) * n <= (long) (i + 1) * base) {
        all[at++] = n + used++;
      }
    }
    while (used < base) {
      all[at++] = n + used++;
    }
    return all;
  }

  /**
   * Deals to a given number of bins at the lowest level of use that they admit.
   *
   * @param pieces what is dealt
   * @param order in which
   * @param views kind of GPU of each bin
   * @param rounds halvings of the level's interval, a measure of exactness
   * @return the split; null if there is none at twice the capacity
   */
  static @Nullable Split even(Pieces pieces, int[] order, List<CapacityView> views, int rounds) {
    IntFunction<@Nullable CapacityView> bins = b -> b < views.size() ? views.get(b) : null;
    double low = 0;
    double high = 1;
    Split best = fill(pieces, order, bins, high);
    while (best == null && high < MOST_USE) {
      low = high;
      high *= 1.3;
      best = fill(pieces, order, bins, high);
    }
    for (int i = 0; best != null && i < rounds; i++) {
      double most = best.mostUse();
      high = Math.min(high, most);
      double middle = (low + high) / 2;
      Split lower = fill(pieces, order, bins, middle);
      if (lower == null) {
        low = middle;
      } else {
        high = middle;
        best = lower;
      }
    }
    return best;
  }

  /** Use beyond which no split is looked for: the stand-in is never so far from the twin. */
  private static final double MOST_USE = 2.2;

  /**
   * Fills bins one after the other up to a level of use.
   *
   * @param pieces what is dealt
   * @param order in which
   * @param views kind of GPU of each bin by its number; null where the pool ends
   * @param level use up to which a bin is filled, above 0
   * @return the split; null if the pool ends first, or a piece alone exceeds the level
   */
  static @Nullable Split fill(
      Pieces pieces, int[] order, IntFunction<@Nullable CapacityView> views, double level) {
    List<Bin> bins = new ArrayList<>();
    int[] binOf = new int[order.length];
    int at = 0;
    while (at < order.length) {
      CapacityView view = views.apply(bins.size());
      if (view == null) {
        return null;
      }
      Bin bin = new Bin(view, pieces);
      int end = fillOne(bin, order, at, level);
      if (end == at) {
        return null;
      }
      for (int i = at; i < end; i++) {
        binOf[order[i]] = bins.size();
      }
      bins.add(bin);
      at = end;
    }
    return new Split(pieces, bins, binOf);
  }

  /** Gallops: stretches that double while they fit, and halve once one does not. */
  private static int fillOne(Bin bin, int[] order, int from, double level) {
    int at = from;
    int stretch = Math.max(1, Math.min(64, order.length - from));
    boolean growing = true;
    while (at < order.length) {
      int to = Math.min(order.length, at + stretch);
      for (int i = at; i < to; i++) {
        bin.add(order[i]);
      }
      if (bin.use() <= level) {
        at = to;
        stretch = growing ? stretch * 2 : Math.max(1, stretch / 2);
      } else {
        for (int i = at; i < to; i++) {
          bin.remove(order[i]);
        }
        if (stretch == 1) {
          break;
        }
        growing = false;
        stretch = Math.max(1, Math.min(stretch, to - at) / 2);
      }
    }
    return at;
  }
}
