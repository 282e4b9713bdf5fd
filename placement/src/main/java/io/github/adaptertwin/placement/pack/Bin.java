package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.placement.capacity.GpuDemand;
import java.util.TreeMap;

/** One GPU while adapters are dealt. Not thread-safe. */
final class Bin {
  /**
   * Use of a GPU whose host memory is just full: beyond every use that is looked at, but finite, so
   * that adapters can be moved off it one by one.
   */
  private static final double HOST_OVERRUN = 1e6;

  private final CapacityView view;
  private final Pieces pieces;
  private final GpuDemand demand = new GpuDemand();

  /** Pieces by rank; the last key is the largest rank. */
  private final TreeMap<Integer, Integer> ranks = new TreeMap<>();

  private long hostBytes;
  private int size;
  private int hint;

  Bin(CapacityView view, Pieces pieces) {
    this.view = view;
    this.pieces = pieces;
  }

  void add(int piece) {
    if (pieces.isBase(piece)) {
      demand.addBase(pieces.rate[piece]);
    } else {
      demand.add(pieces.demand[piece], pieces.rate[piece]);
      ranks.merge(pieces.rank[piece], 1, Integer::sum);
      hostBytes += view.host().bytesOf(pieces.rank[piece]);
    }
    size++;
  }

  void remove(int piece) {
    if (pieces.isBase(piece)) {
      demand.addBase(-pieces.rate[piece]);
    } else {
      demand.remove(pieces.demand[piece], pieces.rate[piece]);
      ranks.merge(pieces.rank[piece], -1, (a, b) -> a + b == 0 ? null : a + b);
      hostBytes -= view.host().bytesOf(pieces.rank[piece]);
    }
    size--;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  GpuDemand demand() {
    return demand;
  }

  int largestRank() {
    return ranks.isEmpty() ? 0 : ranks.lastKey();
  }

  CapacityView view() {
    return view;
  }

  /** {@return whether the host memory holds the adapters} */
  boolean fitsIntoHost() {
    return hostBytes <= view.host().bytes();
  }

  /**
   * {@return load over capacity with the best slots; above 1 = too much; 0 if empty; above a
   * million if the host memory does not hold the adapters, where parts of one adapter count each;
   * infinite if no slots start}
   */
  double use() {
    if (size == 0) {
      return 0;
    }
    if (!fitsIntoHost()) {
      return HOST_OVERRUN * hostBytes / view.host().bytes();
    }
    CapacityView.Best best = view.best(demand, largestRank(), hint);
    hint = best.index();
    return 1 / best.factor();
  }
}
