package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.popularity.Zipf;
import java.util.Arrays;
import java.util.List;

/**
 * Gives requests to adapters with locality: each request is that of one of a number of users who
 * are active at the same time, drawn uniformly, and that user repeats the adapter of the request
 * before with a fixed probability, or else takes one from Zipf's law. The popularity of adapters is
 * that of {@link ZipfMapping}; the fewer users, the shorter the time until an adapter is used
 * again.
 *
 * @param adapters number of adapters, at least 1
 * @param alpha Zipf exponent, in [0, 100]; .92 in production use of LoRA adapters
 * @param users users active at the same time, in [1, 1e6]
 * @param repeatProbability in [0, 1); .79 in production
 * @param ranks LoRA ranks, dealt round robin from the most popular adapter on, at least one
 * @param seed decides which request asks for which adapter
 */
public record SessionMapping(
    int adapters, double alpha, int users, double repeatProbability, List<Integer> ranks, long seed)
    implements AdapterMapping {
  /**
   * Checks the rule.
   *
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public SessionMapping {
    ranks = ImmutableList.copyOf(ranks);
    MappedWorkload.checkRanks(ranks);
    Zipf.check(adapters, alpha);
    if (users < 1 || users > 1_000_000 || !(repeatProbability >= 0 && repeatProbability < 1)) {
      throw new IllegalArgumentException(
          users
              + " users repeat an adapter with probability "
              + repeatProbability
              + "; there must be 1 to 1,000,000, and it must be in [0, 1)");
    }
  }

  @Override
  public Workload apply(String baseModel, RecordedRequests trace) {
    Zipf law = new Zipf(adapters, alpha);
    RandomStream stream = new RandomStreams(seed).stream("mapping/sessions", 0);
    int[] last = new int[users];
    Arrays.fill(last, -1);
    int[] asked = new int[trace.size()];
    for (int i = 0; i < asked.length; i++) {
      int user = stream.nextInt(users);
      if (last[user] < 0 || stream.nextDouble() >= repeatProbability) {
        last[user] = law.draw(stream);
      }
      asked[i] = last[user];
    }
    return MappedWorkload.of(baseModel, trace, asked, ZipfMapping.names(adapters), ranks);
  }
}
