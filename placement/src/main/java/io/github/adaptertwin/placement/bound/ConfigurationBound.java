package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;

/**
 * The configuration linear program by column generation: a column is what one GPU could serve of
 * each class; prices that all columns respect bound the number of GPUs. For each region the most
 * valuable column is a fractional knapsack; its value is bounded from above by merging the rows
 * with weights, so that the prices scaled down by the largest value are valid whenever the loop
 * ends (Farley's bound).
 */
final class ConfigurationBound {
  private static final int ROUNDS = 25;
  private static final double CLOSE = 1.002;

  /** Regions whose best column is worth less than this share of the best of all are left out. */
  private static final double NEAR = 0.9;

  private static final double[][] WEIGHTS = {
    {1, 0, 0, 0},
    {0, 1, 0, 0},
    {0, 0, 1, 0},
    {0, 0, 0, 1},
    {0.5, 0, 0.5, 0},
    {0, 0.5, 0.5, 0},
    {0.5, 0, 0, 0.5},
    {0, 0.5, 0, 0.5},
    {0, 0, 0.5, 0.5},
    {0, 0.75, 0.25, 0},
    {0, 0.75, 0, 0.25},
    {0, 0.25, 0, 0.75},
    {0, 0.34, 0.33, 0.33}
  };

  private final OptimisticCapacity capacity;
  private final double[] demand;

  ConfigurationBound(OptimisticCapacity capacity, List<TrafficClass> classes) {
    this.capacity = capacity;
    this.demand = classes.stream().mapToDouble(TrafficClass::sumRate).toArray();
  }

  /** A column of the program, and an upper bound on the value of any column of its region. */
  private static final class Priced {
    private final double[] column;
    private final double mostValue;

    Priced(double[] column, double mostValue) {
      this.column = column;
      this.mostValue = mostValue;
    }

    double[] column() {
      return column;
    }

    double mostValue() {
      return mostValue;
    }
  }

  /**
   * Finds the bound.
   *
   * @param firstPrices prices to begin with
   * @return the bound in GPUs, before rounding
   */
  double bound(double[] firstPrices) {
    List<double[]> columns = new ArrayList<>();
    double[] prices = firstPrices;
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Integer[] order = byPrice(prices);
      double most = 0;
      List<Priced> priced = new ArrayList<>();
      for (double[][] use : capacity.regions) {
        Priced next = price(use, prices, order, most);
        if (next != null) {
          most = Math.max(most, next.mostValue());
          priced.add(next);
        }
      }
      if (!(most > 0)) {
        return best;
      }
      double value = 0;
      for (int k = 0; k < demand.length; k++) {
        value += prices[k] * demand[k];
      }
      best = Math.max(best, value / most);
      int added = add(columns, priced, prices, round == 0 ? 0 : 1.0001);
      double[] next = solve(columns);
      if (added == 0 || next == null || most < CLOSE) {
        return best;
      }
      prices = next;
      // The program over some columns is never below that over all: no whole GPU is left to gain.
      if (Math.ceil(value(demand, prices) - 1e-6) <= Math.ceil(best)) {
        return best;
      }
    }
    return best;
  }

  private Integer[] byPrice(double[] prices) {
    Integer[] order = new Integer[prices.length];
    Arrays.setAll(order, k -> k);
    Arrays.sort(order, Comparator.comparingDouble((Integer k) -> -prices[k]));
    return order;
  }

  private @Nullable Priced price(double[][] use, double[] prices, Integer[] order, double enough) {
    double most = Double.POSITIVE_INFINITY;
    double[] bestColumn = new double[demand.length];
    double bestValue = -1;
    double[] merged = new double[demand.length];
    for (double[] weights : WEIGHTS) {
      for (int k = 0; k < merged.length; k++) {
        double sum = 0;
        for (int row = 0; row < OptimisticCapacity.ROWS; row++) {
          sum += weights[row] == 0 ? 0 : weights[row] * use[row][k];
        }
        merged[k] = Double.isInfinite(use[0][k]) ? Double.POSITIVE_INFINITY : sum;
      }
      double[] column = knapsack(merged, prices, order);
      double value = value(column, prices);
      most = Math.min(most, value);
      if (most < NEAR * enough) {
        return null; // No column of this region decides anything.
      }
      double scale = 1;
      for (int row = 0; row < OptimisticCapacity.ROWS; row++) {
        double load = 0;
        for (int k = 0; k < column.length; k++) {
          load += column[k] == 0 ? 0 : column[k] * use[row][k];
        }
        scale = load > 1 ? Math.min(scale, 1 / load) : scale;
      }
      if (value * scale > bestValue) {
        bestValue = value * scale;
        double shrink = scale;
        bestColumn = Arrays.stream(column).map(x -> x * shrink).toArray();
      }
    }
    return new Priced(bestColumn, most);
  }

  /** Fills one unit with the classes of the best price for their use, each up to its demand. */
  private double[] knapsack(double[] use, double[] prices, Integer[] order) {
    Integer[] byRatio = order.clone();
    Arrays.sort(
        byRatio,
        Comparator.comparingDouble(
            (Integer k) -> prices[k] <= 0 ? 0 : -prices[k] / Math.max(1e-12, use[k])));
    double[] column = new double[use.length];
    double left = 1;
    for (int k : byRatio) {
      if (prices[k] <= 0 || Double.isInfinite(use[k])) {
        continue;
      }
      double take = use[k] <= 0 ? demand[k] : Math.min(demand[k], left / use[k]);
      column[k] = take;
      left -= take * use[k];
      if (left <= 0) {
        break;
      }
    }
    return column;
  }

  private static double value(double[] column, double[] prices) {
    double value = 0;
    for (int k = 0; k < column.length; k++) {
      value += column[k] * prices[k];
    }
    return value;
  }

  /** Adds the most valuable columns; in the first round a good one for every class. */
  private int add(List<double[]> columns, List<Priced> priced, double[] prices, double least) {
    List<double[]> sorted = new ArrayList<>();
    priced.stream()
        .filter(p -> value(p.column(), prices) > least)
        .sorted(Comparator.comparingDouble((Priced p) -> -value(p.column(), prices)))
        .limit(least == 0 ? 40 : 12)
        .forEach(p -> sorted.add(p.column()));
    if (least == 0) {
      for (int k = 0; k < demand.length; k++) {
        int cls = k;
        priced.stream()
            .max(Comparator.comparingDouble(p -> p.column()[cls]))
            .filter(p -> p.column()[cls] > 0)
            .ifPresent(p -> sorted.add(p.column()));
        double[] single = single(k);
        sorted.add(single);
      }
    }
    columns.addAll(sorted);
    return sorted.size();
  }

  /** As much of one class as a GPU can serve, up to the demand. */
  private double[] single(int k) {
    double most = 0;
    for (double[][] use : capacity.regions) {
      double worst = 0;
      for (double[] row : use) {
        worst = Math.max(worst, row[k]);
      }
      most = Math.max(most, worst > 0 ? 1 / worst : demand[k]);
    }
    double[] column = new double[demand.length];
    column[k] = Math.min(demand[k], most);
    return column;
  }

  /** The prices of the program over the columns, from its dual; null if the solver gives up. */
  private double @Nullable [] solve(List<double[]> columns) {
    // max sum(demand * price), each column costs at most 1, prices at least 0.
    ExpressionsBasedModel model = new ExpressionsBasedModel();
    for (int k = 0; k < demand.length; k++) {
      model.addVariable("p" + k).lower(0).weight(demand[k]);
    }
    for (int c = 0; c < columns.size(); c++) {
      Expression row = model.addExpression("c" + c).upper(1);
      double[] column = columns.get(c);
      for (int k = 0; k < column.length; k++) {
        if (column[k] > 0) {
          row.set(k, column[k]);
        }
      }
    }
    Optimisation.Result result = model.maximise();
    if (!result.getState().isFeasible()) {
      return null;
    }
    double[] prices = new double[demand.length];
    for (int k = 0; k < prices.length; k++) {
      prices[k] = Math.max(0, result.doubleValue(k));
    }
    return prices;
  }
}
