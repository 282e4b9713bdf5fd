package io.github.adaptertwin.core.random;

/**
 * One stream of pseudo-random numbers: xoshiro256++ of D. Blackman and S. Vigna ("Scrambled linear
 * pseudorandom number generators", ACM TOMS 47(4), 2021), period 2^256 - 1. All results are
 * bit-equal on every JDK. Not thread-safe.
 */
public final class RandomStream {
  private static final double ULP_OF_UNIT = 0x1.0p-53;

  private long s0;
  private long s1;
  private long s2;
  private long s3;

  /**
   * Starts a stream from 256 bits of state.
   *
   * @param s0 first word
   * @param s1 second word
   * @param s2 third word
   * @param s3 fourth word; not all four may be 0
   * @throws IllegalArgumentException if all words are 0
   */
  public RandomStream(long s0, long s1, long s2, long s3) {
    if ((s0 | s1 | s2 | s3) == 0) {
      throw new IllegalArgumentException("the state of a random stream must not be all zero");
    }
    this.s0 = s0;
    this.s1 = s1;
    this.s2 = s2;
    this.s3 = s3;
  }

  /** {@return 64 uniform bits} */
  public long nextLong() {
    long result = Long.rotateLeft(s0 + s3, 23) + s0;
    long t = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = Long.rotateLeft(s3, 45);
    return result;
  }

  /**
   * Draws 64 uniform bits for each place of an array: the same as a call of {@link #nextLong} for
   * each, with the state in registers.
   *
   * @param to where the draws go
   */
  public void nextLongs(long[] to) {
    long a = s0;
    long b = s1;
    long c = s2;
    long d = s3;
    for (int i = 0; i < to.length; i++) {
      to[i] = Long.rotateLeft(a + d, 23) + a;
      long t = b << 17;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = Long.rotateLeft(d, 45);
    }
    s0 = a;
    s1 = b;
    s2 = c;
    s3 = d;
  }

  /** {@return a uniform number in [0, 1), a multiple of 2^-53} */
  public double nextDouble() {
    return (nextLong() >>> 11) * ULP_OF_UNIT;
  }

  /**
   * Draws a uniform integer without bias.
   *
   * @param bound exclusive bound, at least 1
   * @return a value in [0, bound)
   * @throws IllegalArgumentException if {@code bound} is below 1
   */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound is " + bound + ", must be at least 1");
    }
    // Lemire's multiply-and-shift; the rejection keeps every value equally likely.
    long product = (nextLong() >>> 32) * bound;
    long low = product & 0xffff_ffffL;
    if (low < bound) {
      long threshold = (0x1_0000_0000L - bound) % bound;
      while (low < threshold) {
        product = (nextLong() >>> 32) * bound;
        low = product & 0xffff_ffffL;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * Draws an exponential variate of mean 1 for each place of an array: the same as a call of {@link
   * #nextExponential} for each, with the state in registers.
   *
   * @param to where the draws go
   */
  public void nextExponentials(double[] to) {
    long a = s0;
    long b = s1;
    long c = s2;
    long d = s3;
    for (int i = 0; i < to.length; i++) {
      long bits = Long.rotateLeft(a + d, 23) + a;
      long t = b << 17;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = Long.rotateLeft(d, 45);
      double x = ExponentialLayers.first(bits);
      if (ExponentialLayers.isAccepted(bits, x)) {
        to[i] = x;
      } else {
        s0 = a;
        s1 = b;
        s2 = c;
        s3 = d;
        to[i] = ExponentialLayers.rest(this, bits, x);
        a = s0;
        b = s1;
        c = s2;
        d = s3;
      }
    }
    s0 = a;
    s1 = b;
    s2 = c;
    s3 = d;
  }

  /** {@return an exponential variate of mean 1, at least 0} */
  public double nextExponential() {
    return ExponentialLayers.draw(this);
  }

  /**
   * Draws from a Poisson law: by inversion of the product of uniforms below a mean of 10, above by
   * W. Hormann's transformed rejection ("The transformed rejection method for generating Poisson
   * random variables", Insurance: Mathematics and Economics 12, 1993, algorithm PTRS).
   *
   * @param mean in [0, 1e15]
   * @return a count, at least 0
   * @throws IllegalArgumentException if the mean is NaN or outside its range
   */
  public long nextPoisson(double mean) {
    if (!(mean >= 0 && mean <= 1e15)) {
      throw new IllegalArgumentException("mean is " + mean + ", must be in [0, 1e15]");
    }
    return PoissonLaw.draw(this, mean);
  }

  /** {@return a normal variate of mean 0 and variance 1} */
  public double nextGaussian() {
    double radius = StrictMath.sqrt(2.0 * nextExponential());
    return radius * StrictMath.cos(2.0 * StrictMath.PI * nextDouble());
  }
}
