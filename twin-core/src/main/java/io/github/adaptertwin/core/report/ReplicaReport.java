package io.github.adaptertwin.core.report;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What one run of one replica came to. A report is a pure function of the run's inputs, bit for
 * bit.
 *
 * @param durationSeconds length of the run: the horizon, or when drained the last finish if later
 * @param requests where the requests ended up
 * @param tokens tokens offered, completed, generated
 * @param ttft time to first token of completed requests, from arrival at the server
 * @param itl inter-token latency: all gaps between tokens of a request, weighted by token; mean and
 *     maximum exact, percentiles within .05 %
 * @param tpot time per output token of completed requests with at least 2 output tokens: (end to
 *     end - TTFT) / (output tokens - 1)
 * @param endToEnd arrival to last token of completed requests
 * @param running requests running, 0 while idle
 * @param waiting requests in the waiting queue, preempted ones included
 * @param kvUse KV blocks in use over all blocks, the null block counted as used
 * @param distinctAdapters adapters in the batch, 0 while idle
 * @param engine steps, preemptions and loads
 * @param time what the duration went into
 * @param queue waits by quarter of the horizon
 * @param adapters per adapter, in the order of the engine's configuration; requests to the base
 *     model last, if there were any
 * @param series the run over time, empty unless the run was asked for it
 */
public record ReplicaReport(
    double durationSeconds,
    RequestTotals requests,
    TokenTotals tokens,
    LatencySummary ttft,
    LatencySummary itl,
    LatencySummary tpot,
    LatencySummary endToEnd,
    Gauge running,
    Gauge waiting,
    Gauge kvUse,
    Gauge distinctAdapters,
    EngineTotals engine,
    TimeSplit time,
    QueueTrend queue,
    List<AdapterReport> adapters,
    List<SeriesPoint> series)
    implements Serializable {

  /** Takes unmodifiable copies of the lists. */
  public ReplicaReport {
    adapters = ImmutableList.copyOf(adapters);
    series = ImmutableList.copyOf(series);
  }

  /** {@return input and output tokens of completed requests per second, the paper's throughput} */
  public double throughputTokensPerSecond() {
    return tokens.completed() / durationSeconds;
  }

  /** {@return input and output tokens of all requests that arrived per second} */
  public double idealThroughputTokensPerSecond() {
    return tokens.offered() / durationSeconds;
  }

  /** {@return completed over offered tokens, 1 if nothing was offered} */
  public double completedShare() {
    return tokens.offered() == 0 ? 1 : tokens.completed() / (double) tokens.offered();
  }

  /**
   * {@return whether the run starved by the paper's rule, {@link FeasibilityRule#THROUGHPUT_90}}
   */
  public boolean starved() {
    return !FeasibilityRule.THROUGHPUT_90.judge(this).feasible();
  }

  /**
   * {@return the paper's mean TTFT in seconds: a request that did not complete counts with the
   * whole duration; NaN if nothing arrived}
   */
  public double ttftWithUnfinishedSeconds() {
    double completed = requests.completed() == 0 ? 0 : ttft.mean() * requests.completed();
    return (completed + requests.unfinished() * durationSeconds) / requests.arrived();
  }

  /**
   * Writes the report.
   *
   * @return a JSON object with a schema version; figures that are NaN become {@code null}
   */
  public String toJson() {
    return ReportJson.write(this);
  }

  /** {@return SHA-256 of {@link #toJson()} in hexadecimal: equal for equal reports} */
  public String digest() {
    return Hashing.sha256().hashString(toJson(), StandardCharsets.UTF_8).toString();
  }
}
