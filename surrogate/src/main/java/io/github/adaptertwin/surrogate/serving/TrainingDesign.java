package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import org.apache.commons.math3.random.SobolSequenceGenerator;

/** How the points of a plan fill the unit cube. A design is a pure function of its arguments. */
public enum TrainingDesign {
  /**
   * Every combination of equally many levels of each dimension, at the middles of their strata: as
   * many levels as the number of points allows, in the order of a counter whose first dimension
   * runs fastest; points beyond the last full grid begin again.
   */
  GRID {
    @Override
    double[] point(int index, int points, int dimensions, long seed) {
      int levels = 1;
      while (power(levels + 1, dimensions) <= points) {
        levels++;
      }
      double[] point = new double[dimensions];
      long rest = index % power(levels, dimensions);
      for (int d = 0; d < dimensions; d++) {
        point[d] = (rest % levels + 0.5) / levels;
        rest /= levels;
      }
      return point;
    }
  },
  /**
   * Each dimension is cut into as many strata as there are points, and every stratum of every
   * dimension holds exactly one point (M. McKay, R. Beckman and W. Conover, Technometrics 21,
   * 1979).
   */
  LATIN_HYPERCUBE {
    @Override
    double[] point(int index, int points, int dimensions, long seed) {
      double[] point = new double[dimensions];
      RandomStream within = new RandomStreams(seed).stream("design/within", index);
      for (int d = 0; d < dimensions; d++) {
        long offset = new RandomStreams(seed).stream("design/strata", d).nextLong();
        long stratum = shuffled(index, points, offset);
        point[d] = (stratum + within.nextDouble()) / points;
      }
      return point;
    }
  },
  /**
   * Sobol's sequence (direction numbers of S. Joe and F. Kuo, 2008), shifted by a random vector
   * modulo 1 that depends on the seed: a longer plan begins with the points of a shorter one.
   */
  SOBOL {
    @Override
    double[] point(int index, int points, int dimensions, long seed) {
      double[] point = new SobolSequenceGenerator(dimensions).skipTo(index);
      RandomStream shift = new RandomStreams(seed).stream("design/shift", 0);
      for (int d = 0; d < dimensions; d++) {
        double moved = point[d] + shift.nextDouble();
        point[d] = moved >= 1 ? moved - 1 : moved;
      }
      return point;
    }
  };

  /**
   * {@return one point, each coordinate in [0, 1)}
   *
   * @param index which, in [0, points)
   * @param points number of points of the design, at least 1
   * @param dimensions of the cube, at least 1
   * @param seed any value
   */
  abstract double[] point(int index, int points, int dimensions, long seed);

  private static long power(int base, int exponent) {
    long result = 1;
    for (int i = 0; i < exponent && result <= Integer.MAX_VALUE; i++) {
      result *= base;
    }
    return result;
  }

  /**
   * One value of a permutation of [0, n), without making all of it: a keyed bijection of the next
   * power of four, walked until it falls inside.
   */
  private static long shuffled(long value, long n, long key) {
    int half = 1;
    while (1L << (2 * half) < n) {
      half++;
    }
    long mask = (1L << half) - 1;
    long at = value;
    do {
      long left = at >>> half;
      long right = at & mask;
      for (int round = 0; round < 4; round++) {
        long mixed = (right + key + round * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
        long next = left ^ ((((mixed ^ (mixed >>> 29)) * 0x94d049bb133111ebL) >>> 40) & mask);
        left = right;
        right = next & mask;
      }
      at = left << half | right;
    } while (at >= n);
    return at;
  }
}
