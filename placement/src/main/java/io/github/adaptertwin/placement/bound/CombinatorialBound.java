package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import java.util.List;

/**
 * A bound without a linear program: each request per second costs at least the smallest weighted
 * use of a GPU over all regions, and no GPU holds more than a cost of one. Weights are tried on a
 * grid, the best bound counts.
 */
final class CombinatorialBound {
  private static final int STEPS = 4;

  private double bound;
  private double[] prices;

  CombinatorialBound(OptimisticCapacity capacity, List<TrafficClass> classes) {
    prices = new double[classes.size()];
    for (int time = 0; time <= STEPS; time++) {
      for (int running = 0; running + time <= STEPS; running++) {
        double left = STEPS - time - running;
        consider(capacity, classes, new double[] {time / 4.0, 0, running / 4.0, left / 4.0});
        consider(capacity, classes, new double[] {0, time / 4.0, running / 4.0, left / 4.0});
      }
    }
  }

  private void consider(OptimisticCapacity capacity, List<TrafficClass> classes, double[] weights) {
    double[] least = new double[classes.size()];
    java.util.Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (double[][] use : capacity.regions) {
      for (int k = 0; k < least.length; k++) {
        double cost = 0;
        for (int row = 0; row < weights.length; row++) {
          cost += weights[row] == 0 ? 0 : weights[row] * use[row][k];
        }
        least[k] = Math.min(least[k], cost);
      }
    }
    double sum = 0;
    for (int k = 0; k < least.length; k++) {
      // What no region serves has no price; others count as they do without it.
      least[k] = Double.isInfinite(least[k]) ? 0 : least[k];
      sum += least[k] * classes.get(k).sumRate();
    }
    if (sum > bound) {
      bound = sum;
      prices = least;
    }
  }

  /** {@return the bound in GPUs, before rounding} */
  double bound() {
    return bound;
  }

  /** {@return a price of each class for one request per second} */
  double[] prices() {
    return prices.clone();
  }
}
