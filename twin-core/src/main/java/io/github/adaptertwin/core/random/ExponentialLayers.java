package io.github.adaptertwin.core.random;

/**
 * The ziggurat of G. Marsaglia and W. W. Tsang ("The ziggurat method for generating random
 * variables", Journal of Statistical Software 5(8), 2000) for the exponential law: 256 layers of
 * equal area. All but about 1 % of the draws cost one random word, one multiplication and one
 * comparison; tables and rare cases use {@link StrictMath}, so the bits are the same everywhere.
 */
final class ExponentialLayers {
  private static final int LAYERS = 256;
  private static final double ULP_OF_UNIT = 0x1.0p-53;

  /** Where the tail begins, for 256 layers. */
  private static final double TAIL = 7.697117470131050;

  /** Area of a layer: TAIL * f(TAIL) + the integral of the tail. */
  private static final double AREA = (TAIL + 1) * StrictMath.exp(-TAIL);

  private static final double[] EDGE = new double[LAYERS + 1];
  private static final double[] DENSITY = new double[LAYERS + 1];

  static {
    // The lowest layer with its tail is as wide as a rectangle of the same area would be.
    EDGE[0] = AREA / StrictMath.exp(-TAIL);
    EDGE[1] = TAIL;
    for (int i = 2; i < LAYERS; i++) {
      EDGE[i] = -StrictMath.log(AREA / EDGE[i - 1] + StrictMath.exp(-EDGE[i - 1]));
    }
    EDGE[LAYERS] = 0;
    for (int i = 0; i <= LAYERS; i++) {
      DENSITY[i] = StrictMath.exp(-EDGE[i]);
    }
  }

  private ExponentialLayers() {}

  static double draw(RandomStream stream) {
    long bits = stream.nextLong();
    double x = first(bits);
    return isAccepted(bits, x) ? x : rest(stream, bits, x);
  }

  /** The variate that a random word gives, if it {@link #isAccepted}. */
  static double first(long bits) {
    return (bits >>> 11) * ULP_OF_UNIT * EDGE[(int) bits & (LAYERS - 1)];
  }

  /** Whether the first variate lies in the part of its layer that is all below the density. */
  static boolean isAccepted(long bits, double x) {
    return x < EDGE[((int) bits & (LAYERS - 1)) + 1];
  }

  /** The variate of a word that is not accepted at once, by more words where need be. */
  static double rest(RandomStream stream, long firstBits, double firstX) {
    int layer = (int) firstBits & (LAYERS - 1);
    double x = firstX;
    double passed = 0;
    while (true) {
      if (x < EDGE[layer + 1]) {
        return passed + x;
      }
      if (layer == 0) {
        // The law has no memory: beyond the tail's begin it starts again.
        passed += TAIL;
      } else {
        double height =
            DENSITY[layer] + stream.nextDouble() * (DENSITY[layer + 1] - DENSITY[layer]);
        if (height < StrictMath.exp(-x)) {
          return passed + x;
        }
      }
      long bits = stream.nextLong();
      layer = (int) bits & (LAYERS - 1);
      x = (bits >>> 11) * ULP_OF_UNIT * EDGE[layer];
    }
  }
}
