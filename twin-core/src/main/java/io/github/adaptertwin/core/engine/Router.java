package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import java.io.Serializable;
import java.util.List;

/**
 * Which replica of a {@link Cluster} a request goes to. Routers are immutable values; ties go to
 * the replica with the smallest index. A router that looks at a replica sees it as the step that is
 * being computed will leave it.
 */
public sealed interface Router extends Serializable {
  /**
   * Fixed shares for each adapter, which no state changes: what a placement comes to. Replicas are
   * then independent.
   *
   * @param byAdapter replicas of each adapter with their shares, in the order of the adapters; the
   *     last entry, one more than there are adapters, is for requests to the base model and may be
   *     left out if there are none
   * @param seed of the draws between the replicas of an adapter
   */
  record StaticShares(List<List<Share>> byAdapter, long seed) implements Router {
    private static final long serialVersionUID = 1L;

    /**
     * Checks the shares and takes unmodifiable copies.
     *
     * @throws IllegalArgumentException if an adapter has no replica
     */
    public StaticShares {
      ImmutableList.Builder<List<Share>> copy = ImmutableList.builder();
      for (List<Share> shares : byAdapter) {
        if (shares.isEmpty()) {
          throw new IllegalArgumentException("an adapter has no replica; give each at least one");
        }
        copy.add(ImmutableList.copyOf(shares));
      }
      byAdapter = copy.build();
    }
  }

  /**
   * A replica's share of an adapter.
   *
   * @param replica index of the replica, at least 0
   * @param weight its part of the adapter's requests relative to the other shares, above 0
   */
  record Share(int replica, double weight) implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a value is outside its range
     */
    public Share {
      if (replica < 0 || !(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "replica is "
                + replica
                + " with weight "
                + weight
                + "; must be at least 0, and above 0 and finite");
      }
    }
  }

  /** To the replica with the fewest requests running, waiting or on their way. */
  record LeastLoaded() implements Router {
    private static final long serialVersionUID = 1L;
  }

  /**
   * To the least loaded replica that holds the adapter in a slot, unless it has so many requests
   * more than the least loaded of all.
   *
   * @param mostExtraRequests how many more, at least 0
   */
  record AdapterAffinity(int mostExtraRequests) implements Router {
    private static final long serialVersionUID = 1L;

    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public AdapterAffinity {
      if (mostExtraRequests < 0) {
        throw new IllegalArgumentException(
            "extra requests are " + mostExtraRequests + ", must be at least 0");
      }
    }
  }

  /**
   * Draws two different replicas and takes the one with fewer requests.
   *
   * @param seed of the draws
   */
  record PowerOfTwoChoices(long seed) implements Router {
    private static final long serialVersionUID = 1L;
  }
}
