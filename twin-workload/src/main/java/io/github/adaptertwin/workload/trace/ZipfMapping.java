package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.popularity.Zipf;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives each request to an adapter drawn independently from Zipf's law. (Real users come back to
 * the adapter that they used last, so independent draws underestimate cache hits: see {@link
 * SessionMapping}.)
 *
 * @param adapters number of adapters, at least 1
 * @param alpha Zipf exponent, in [0, 100]; .92 in production use of LoRA adapters
 * @param ranks LoRA ranks, dealt round robin from the most popular adapter on, at least one
 * @param seed decides which request asks for which adapter
 */
public record ZipfMapping(int adapters, double alpha, List<Integer> ranks, long seed)
    implements AdapterMapping {
  /**
   * Checks the rule.
   *
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public ZipfMapping {
    ranks = ImmutableList.copyOf(ranks);
    MappedWorkload.checkRanks(ranks);
    Zipf.check(adapters, alpha);
  }

  @Override
  public Workload apply(String baseModel, RecordedRequests trace) {
    Zipf law = new Zipf(adapters, alpha);
    RandomStream stream = new RandomStreams(seed).stream("mapping/zipf", 0);
    int[] asked = new int[trace.size()];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = law.draw(stream);
    }
    return MappedWorkload.of(baseModel, trace, asked, names(adapters), ranks);
  }

  static List<String> names(int adapters) {
    List<String> names = new ArrayList<>();
    for (int a = 0; a < adapters; a++) {
      names.add("adapter-" + a);
    }
    return names;
  }
}
