package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/**
 * Fleets in an order of preference: for each, the kind of every GPU.
 *
 * @param counts GPUs of each kind that there are, at least 0; {@link Integer#MAX_VALUE} for no
 *     limit
 * @param prices price of a GPU of each kind, at least 0
 * @param order what is preferred
 */
public record Fleets(List<Integer> counts, List<Double> prices, Order order) {
  /** Largest number of fleets of several kinds that are looked at. */
  private static final int MOST_MIXES = 4_000;

  /** A fleet is not worth looking at if even perfectly divisible load would fill it so much. */
  private static final double HOPELESS_USE = 1.35;

  /** What is preferred. */
  public enum Order {
    /** Fewest GPUs, taken from the kinds in their order. */
    FEWEST,
    /** Lowest price, then fewest GPUs. */
    CHEAPEST,
    /** All GPUs of the first kind. */
    ALL
  }

  /** Takes unmodifiable copies of the lists. */
  public Fleets {
    counts = ImmutableList.copyOf(counts);
    prices = ImmutableList.copyOf(prices);
  }

  /**
   * Fleets of one kind, the smallest first.
   *
   * @param mostGpus how many GPUs there are, at least 1
   * @return the fleets
   */
  public static Fleets ofOneKind(int mostGpus) {
    return new Fleets(ImmutableList.of(mostGpus), ImmutableList.of(0.0), Order.FEWEST);
  }

  boolean oneKind() {
    return counts.size() == 1;
  }

  /** {@return GPUs of all kinds together, {@link Integer#MAX_VALUE} for no limit} */
  int mostGpus() {
    long sum = counts.stream().mapToLong(Integer::longValue).sum();
    return (int) Math.min(Integer.MAX_VALUE, sum);
  }

  /**
   * Lists the fleets.
   *
   * @param wholeUse use of one GPU of each kind by the whole workload
   */
  Iterable<int[]> list(double[] wholeUse) {
    return switch (order) {
      case ALL -> List.of(new int[counts.get(0)]);
      case CHEAPEST -> byPrice(wholeUse);
      case FEWEST -> this::growing;
    };
  }

  private Iterator<int[]> growing() {
    return new Iterator<>() {
      private int size;

      @Override
      public boolean hasNext() {
        return size < mostGpus();
      }

      @Override
      public int[] next() {
        size++;
        int[] fleet = new int[size];
        int at = 0;
        for (int kind = 0; kind < counts.size() && at < size; kind++) {
          for (int i = 0; i < counts.get(kind) && at < size; i++) {
            fleet[at++] = kind;
          }
        }
        return fleet;
      }
    };
  }

  private List<int[]> byPrice(double[] wholeUse) {
    int[] most = new int[counts.size()];
    for (int kind = 0; kind < most.length; kind++) {
      double needed = Double.isInfinite(wholeUse[kind]) ? 0 : 2 * Math.ceil(wholeUse[kind]) + 1;
      most[kind] = (int) Math.min(counts.get(kind), needed);
    }
    List<int[]> vectors = new ArrayList<>();
    vectors.add(new int[most.length]);
    for (int kind = 0; kind < most.length; kind++) {
      List<int[]> more = new ArrayList<>();
      for (int[] vector : vectors) {
        for (int count = 0; count <= most[kind] && more.size() < MOST_MIXES * 20; count++) {
          int[] next = vector.clone();
          next[kind] = count;
          more.add(next);
        }
      }
      vectors = more;
    }
    vectors.removeIf(v -> capacity(v, wholeUse) < 1 / HOPELESS_USE);
    vectors.sort(
        Comparator.comparingDouble(this::price)
            .thenComparingInt(v -> Arrays.stream(v).sum())
            .thenComparing(Arrays::compare));
    return vectors.stream().limit(MOST_MIXES).map(Fleets::kinds).toList();
  }

  private static double capacity(int[] vector, double[] wholeUse) {
    double capacity = 0;
    for (int kind = 0; kind < vector.length; kind++) {
      capacity += vector[kind] / wholeUse[kind];
    }
    return capacity;
  }

  private double price(int[] vector) {
    double price = 0;
    for (int kind = 0; kind < vector.length; kind++) {
      price += vector[kind] * prices.get(kind);
    }
    return price;
  }

  private static int[] kinds(int[] vector) {
    int[] fleet = new int[Arrays.stream(vector).sum()];
    int at = 0;
    for (int kind = 0; kind < vector.length; kind++) {
      for (int i = 0; i < vector[kind]; i++) {
        fleet[at++] = kind;
      }
    }
    return fleet;
  }
}
