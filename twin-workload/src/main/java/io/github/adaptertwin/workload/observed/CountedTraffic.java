package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.CoupledLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.LengthMargin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Traffic from counters at two times: requests per adapter, and lengths from histograms of prompt
 * and generated tokens. Counters tell rates only, so arrivals are taken for Poisson. A counter that
 * is smaller at the second time was reset in between and counts from 0, as in Prometheus' {@code
 * rate()}; where {@code process_start_time_seconds} tells that no process began in between, the
 * snapshots are refused as given in the wrong order.
 *
 * @param requestCounter metric that counts requests, such as {@code vllm:request_success_total};
 *     samples that differ in other labels are added
 * @param adapterLabel its label that names the adapter, such as {@code model_name}. An engine that
 *     reports the base model alone under it shows base-model traffic alone: take the counter of the
 *     router in front then
 * @param promptHistogram histogram of prompt tokens, such as {@code vllm:request_prompt_tokens}
 * @param generationHistogram histogram of generated tokens, such as {@code
 *     vllm:request_generation_tokens}
 */
public record CountedTraffic(
    String requestCounter,
    String adapterLabel,
    String promptHistogram,
    String generationHistogram) {
  /** The names that vLLM uses. */
  public static final CountedTraffic VLLM =
      new CountedTraffic(
          "vllm:request_success_total",
          "model_name",
          "vllm:request_prompt_tokens",
          "vllm:request_generation_tokens");

  private static final String PROCESS_START = "process_start_time_seconds";
  private static final int POINTS = 4096;

  /** Longer than any model's context. */
  private static final int MOST_TOKENS = 10_000_000;

  /** Whole numbers are exact up to here. */
  private static final double LARGEST_COUNT = 0x1.0p53;

  /**
   * Counts the requests between two snapshots.
   *
   * @param earlier the first
   * @param later the second
   * @return requests by value of the adapter label, in order of the names; unmodifiable
   * @throws IllegalArgumentException if the second has no such counter, a counter is negative or
   *     not finite, or it fell in a process that went on
   */
  public Map<String, Double> requests(MetricsSnapshot earlier, MetricsSnapshot later) {
    Map<String, Double> counts = new TreeMap<>();
    increases(requestCounter, earlier, later)
        .forEach(
            (labels, increase) ->
                counts.merge(labels.getOrDefault(adapterLabel, ""), increase, Double::sum));
    if (counts.isEmpty()) {
      throw new IllegalArgumentException(
          "the later snapshot has no metric '" + requestCounter + "'; name the one that counts");
    }
    return ImmutableMap.copyOf(counts);
  }

  /** By how much each series of a metric grew; one that fell began again at 0 in between. */
  private static Map<Map<String, String>, Double> increases(
      String metric, MetricsSnapshot earlier, MetricsSnapshot later) {
    Map<Map<String, String>, Double> before = values(metric, earlier);
    Map<Map<String, String>, Double> increases = values(metric, later);
    boolean mayFall = !beganBefore(later, earlier);
    increases.replaceAll(
        (labels, value) -> {
          double old = before.getOrDefault(labels, 0.0);
          if (old > value && !mayFall) {
            throw new IllegalArgumentException(
                "counter '"
                    + metric
                    + "' fell from "
                    + old
                    + " to "
                    + value
                    + ", and no process began in between; give the snapshots in the order in which"
                    + " they were taken");
          }
          return old <= value ? value - old : value;
        });
    return increases;
  }

  /** Whether the process of a snapshot is known and was there when the other one was taken. */
  private static boolean beganBefore(MetricsSnapshot later, MetricsSnapshot earlier) {
    List<MetricsSnapshot.Sample> now = later.named(PROCESS_START);
    List<MetricsSnapshot.Sample> then = earlier.named(PROCESS_START);
    return now.size() == 1 && then.size() == 1 && now.get(0).value() <= then.get(0).value();
  }

  private static Map<Map<String, String>, Double> values(String metric, MetricsSnapshot snapshot) {
    Map<Map<String, String>, Double> values = new LinkedHashMap<>();
    for (MetricsSnapshot.Sample sample : snapshot.named(metric)) {
      double value = sample.value();
      if (!(value >= 0 && value <= LARGEST_COUNT)) {
        throw new IllegalArgumentException(
            "counter '" + metric + "' is " + value + ", must be in [0, " + LARGEST_COUNT + "]");
      }
      if (values.put(sample.labels(), value) != null) {
        throw new IllegalArgumentException(
            "counter '"
                + metric
                + "' is given twice for "
                + VisibleText.of(sample.labels().toString())
                + "; leave one out");
      }
    }
    return values;
  }

  /**
   * Makes a workload of what was counted.
   *
   * @param baseModel name of the base model; requests under this name are those without an adapter
   * @param earlier the first snapshot
   * @param later the second
   * @param seconds time between them, above 0 and finite
   * @param rankOf ranks by adapter
   * @param horizonSeconds for how long the workload goes on, in (0, 9.2e6]
   * @return Poisson traffic with the rates counted; adapters without requests are left out
   * @throws IllegalArgumentException if a metric is missing, an adapter has no rank, or nothing was
   *     asked for
   */
  public Workload workload(
      String baseModel,
      MetricsSnapshot earlier,
      MetricsSnapshot later,
      double seconds,
      Map<String, Integer> rankOf,
      double horizonSeconds) {
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "time between the snapshots is " + seconds + " s, must be above 0 and finite");
    }
    ImmutableList.Builder<AdapterTraffic> traffic = ImmutableList.builder();
    double base = 0;
    for (Map.Entry<String, Double> count : requests(earlier, later).entrySet()) {
      double rate = count.getValue() / seconds;
      if (!(rate > 0)) {
        continue;
      }
      String adapter = count.getKey();
      if (adapter.equals(baseModel)) {
        base = rate;
        continue;
      }
      Integer rank = rankOf.get(adapter);
      if (rank == null) {
        throw new IllegalArgumentException(
            "no rank is given for adapter '"
                + VisibleText.of(adapter)
                + "'; the counters do not tell ranks");
      }
      traffic.add(new AdapterTraffic(new LoraAdapter(adapter, rank), rate));
    }
    Workload workload =
        Workload.of(baseModel, traffic.build(), lengths(earlier, later), horizonSeconds);
    return base > 0 ? workload.withBaseModelRequests(ArrivalLaw.poisson(base)) : workload;
  }

  /**
   * Makes a law of lengths from the histograms: input and output independent, each spread evenly
   * over its buckets and then stretched to the mean that sum and count of the histogram tell.
   *
   * @param earlier the first snapshot
   * @param later the second
   * @return the law
   * @throws IllegalArgumentException if a histogram is missing or empty, or tells of requests with
   *     more than 10 million tokens
   */
  public LengthLaw lengths(MetricsSnapshot earlier, MetricsSnapshot later) {
    LengthMargin input = margin(promptHistogram, earlier, later);
    LengthMargin output = margin(generationHistogram, earlier, later);
    return new CoupledLengths(input, output, 0, Integer.MAX_VALUE).pool();
  }

  private static double total(String metric, MetricsSnapshot earlier, MetricsSnapshot later) {
    double total = 0;
    for (double increase : increases(metric, earlier, later).values()) {
      total += increase;
    }
    return total;
  }

  private static LengthMargin margin(
      String histogram, MetricsSnapshot earlier, MetricsSnapshot later) {
    TreeMap<Double, Double> upTo = new TreeMap<>();
    increases(histogram + "_bucket", earlier, later)
        .forEach((labels, increase) -> upTo.merge(edge(histogram, labels), increase, Double::sum));
    double count = total(histogram + "_count", earlier, later);
    double sum = total(histogram + "_sum", earlier, later);
    if (upTo.isEmpty() || !(count > 0)) {
      throw new IllegalArgumentException(
          "the snapshots have no counts in histogram '" + histogram + "'; give its name");
    }
    double[] points = new double[POINTS];
    List<Map.Entry<Double, Double>> buckets = new ArrayList<>(upTo.entrySet());
    for (int i = 0; i < POINTS; i++) {
      points[i] = quantile(buckets, (i + 0.5) / POINTS * count);
    }
    double stretch = sum / count / (Arrays.stream(points).sum() / POINTS);
    int[] tokens = new int[POINTS];
    for (int i = 0; i < POINTS; i++) {
      double length = points[i] * stretch;
      if (!(length <= MOST_TOKENS)) {
        throw new IllegalArgumentException(
            "histogram '"
                + histogram
                + "' tells of requests with "
                + length
                + " tokens, must be at most "
                + MOST_TOKENS
                + "; is its sum that of another histogram?");
      }
      tokens[i] = (int) Math.max(1, Math.round(length));
    }
    return LengthMargin.Empirical.of(tokens);
  }

  private static double edge(String histogram, Map<String, String> labels) {
    String bound = labels.getOrDefault("le", "+Inf");
    if (bound.equals("+Inf")) {
      return Double.POSITIVE_INFINITY;
    }
    double edge;
    try {
      edge = Double.parseDouble(bound);
    } catch (NumberFormatException e) {
      edge = Double.NaN;
    }
    if (!(edge >= 0)) {
      throw new IllegalArgumentException(
          "histogram '"
              + histogram
              + "' has the bucket bound '"
              + VisibleText.of(bound)
              + "', must be a number of tokens, at least 0");
    }
    return edge;
  }

  private static double quantile(List<Map.Entry<Double, Double>> buckets, double rank) {
    double edge = 0;
    double below = 0;
    for (Map.Entry<Double, Double> bucket : buckets) {
      double upper = bucket.getKey();
      if (bucket.getValue() >= rank) {
        if (Double.isInfinite(upper)) {
          return Math.max(1, edge);
        }
        return edge + (upper - edge) * (rank - below) / (bucket.getValue() - below);
      }
      edge = upper;
      below = bucket.getValue();
    }
    return Math.max(1, edge);
  }
}
