package io.github.adaptertwin.surrogate.tree;

import io.github.adaptertwin.core.random.RandomStream;
import java.util.Arrays;

/** Draws features for one leaf after the other. */
final class FeatureDraws {
  private final int[] pool;
  private final RandomStream stream;

  FeatureDraws(int width, RandomStream stream) {
    pool = new int[width];
    Arrays.setAll(pool, f -> f);
    this.stream = stream;
  }

  /** Puts a feature that is drawn from those at or behind a place there. */
  int draw(int at) {
    int other = at + stream.nextInt(pool.length - at);
    int drawn = pool[other];
    pool[other] = pool[at];
    pool[at] = drawn;
    return drawn;
  }

  int[] draw(int from, int count) {
    int[] few = new int[count];
    Arrays.setAll(few, i -> draw(from + i));
    Arrays.sort(few);
    return few;
  }
}
