package io.github.adaptertwin.core.random;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * Derives random streams by name. A stream is a pure function of (seed, source name, replication):
 * adding a source never shifts another, and two configurations that ask for the same name see the
 * same numbers, which is what common random numbers need. Stateless and thread-safe.
 */
public final class RandomStreams {
  private final long seed;

  /**
   * Makes a family of streams.
   *
   * @param seed any value
   */
  public RandomStreams(long seed) {
    this.seed = seed;
  }

  /** {@return the seed of the family} */
  public long seed() {
    return seed;
  }

  /**
   * Derives the stream of one source.
   *
   * @param sourceName what draws from it, such as {@code "arrivals/adapter-17"}
   * @param replication index of the replication, any value; 0 for a single run
   * @return a new stream at its start
   */
  public RandomStream stream(String sourceName, int replication) {
    HashCode hash =
        Hashing.sha256()
            .newHasher()
            .putLong(seed)
            .putInt(replication)
            .putString(sourceName, StandardCharsets.UTF_8)
            .hash();
    byte[] b = hash.asBytes();
    return new RandomStream(word(b, 0), word(b, 8), word(b, 16), word(b, 24));
  }

  private static long word(byte[] bytes, int offset) {
    long word = 0;
    for (int i = 0; i < 8; i++) {
      word = word << 8 | (bytes[offset + i] & 0xff);
    }
    return word;
  }
}
