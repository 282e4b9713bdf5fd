package io.github.adaptertwin.core.random;

/** Draws from the Poisson law; see {@link RandomStream#nextPoisson}. */
final class PoissonLaw {
  private static final double LEAST_FOR_REJECTION = 10;
  private static final int STIRLING_FROM = 16;
  private static final double LOG_TWO_PI = StrictMath.log(2 * StrictMath.PI);

  private PoissonLaw() {}

  static long draw(RandomStream stream, double mean) {
    return mean < LEAST_FOR_REJECTION ? byProduct(stream, mean) : byRejection(stream, mean);
  }

  private static long byProduct(RandomStream stream, double mean) {
    double bound = StrictMath.exp(-mean);
    double product = 1;
    long count = -1;
    do {
      product *= 1 - stream.nextDouble();
      count++;
    } while (product > bound);
    return count;
  }

  // The constants are those of the algorithm's publication.
  private static long byRejection(RandomStream stream, double mean) {
    double b = 0.931 + 2.53 * StrictMath.sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    double sure = 0.9277 - 3.6224 / (b - 2);
    double logMean = StrictMath.log(mean);
    while (true) {
      double u = stream.nextDouble() - 0.5;
      double v = 1 - stream.nextDouble();
      double distance = 0.5 - Math.abs(u);
      if (distance == 0) {
        continue;
      }
      double k = Math.floor((2 * a / distance + b) * u + mean + 0.43);
      if (distance >= 0.07 && v <= sure) {
        return (long) k;
      }
      if (k < 0 || (distance < 0.013 && v > distance)) {
        continue;
      }
      double left =
          StrictMath.log(v)
              + StrictMath.log(inverseAlpha)
              - StrictMath.log(a / (distance * distance) + b);
      if (left <= k * logMean - mean - logFactorial((long) k)) {
        return (long) k;
      }
    }
  }

  /** Logarithm of k!: a product below 16, Stirling's series to the fifth power above. */
  static double logFactorial(long k) {
    if (k < STIRLING_FROM) {
      double product = 1;
      for (long i = 2; i <= k; i++) {
        product *= i;
      }
      return StrictMath.log(product);
    }
    double n = k;
    double inverse = 1 / n;
    double square = inverse * inverse;
    double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
    return (n + 0.5) * StrictMath.log(n) - n + 0.5 * LOG_TWO_PI + series;
  }
}
