package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import java.util.List;

/**
 * Adapters whose ranks and rates are dealt round robin from short lists, the way in which PAPER
 * (arXiv 2602.24044) makes its scenarios.
 */
public final class DealtAdapters {
  private DealtAdapters() {}

  /**
   * Deals ranks and rates.
   *
   * @param idPrefix adapter i is called idPrefix + i
   * @param count number of adapters, at least 1
   * @param ranks dealt in turn, at least one
   * @param ratesPerSecond dealt in turn, at least one
   * @return the adapters
   * @throws IllegalArgumentException if a list is empty or a value is outside its bound
   */
  public static List<AdapterTraffic> of(
      String idPrefix, int count, List<Integer> ranks, List<Double> ratesPerSecond) {
    if (count < 1) {
      throw new IllegalArgumentException("number of adapters is " + count + ", must be at least 1");
    }
    if (ranks.isEmpty() || ratesPerSecond.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one rank and one rate to deal");
    }
    ImmutableList.Builder<AdapterTraffic> adapters = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      LoraAdapter adapter = new LoraAdapter(idPrefix + i, ranks.get(i % ranks.size()));
      adapters.add(new AdapterTraffic(adapter, ratesPerSecond.get(i % ratesPerSecond.size())));
    }
    return adapters.build();
  }

  /**
   * Deals ranks, and rates in an order of their own: the rates are dealt round robin as in {@link
   * #of} and then shuffled among the adapters, so that rank and rate are unrelated.
   *
   * @param idPrefix adapter i is called idPrefix + i
   * @param count number of adapters, at least 1
   * @param ranks dealt in turn, at least one
   * @param ratesPerSecond dealt in turn and shuffled, at least one
   * @param seed decides the order
   * @return the adapters
   * @throws IllegalArgumentException if a list is empty or a value is outside its bound
   */
  public static List<AdapterTraffic> shuffled(
      String idPrefix, int count, List<Integer> ranks, List<Double> ratesPerSecond, long seed) {
    List<AdapterTraffic> dealt = of(idPrefix, count, ranks, ratesPerSecond);
    double[] rates = dealt.stream().mapToDouble(AdapterTraffic::ratePerSecond).toArray();
    RandomStream stream = new RandomStreams(seed).stream("dealt/shuffle", 0);
    for (int i = count - 1; i > 0; i--) {
      int other = stream.nextInt(i + 1);
      double kept = rates[i];
      rates[i] = rates[other];
      rates[other] = kept;
    }
    ImmutableList.Builder<AdapterTraffic> adapters = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      adapters.add(new AdapterTraffic(dealt.get(i).adapter(), rates[i]));
    }
    return adapters.build();
  }
}
