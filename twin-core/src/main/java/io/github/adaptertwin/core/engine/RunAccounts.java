package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.AdapterReport;
import io.github.adaptertwin.core.report.EngineTotals;
import io.github.adaptertwin.core.report.Gauge;
import io.github.adaptertwin.core.report.LatencySummary;
import io.github.adaptertwin.core.report.QueueTrend;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.report.RequestTotals;
import io.github.adaptertwin.core.report.TimeSplit;
import io.github.adaptertwin.core.report.TokenTotals;
import io.github.adaptertwin.core.stats.LogHistogram;
import io.github.adaptertwin.core.stats.Percentiles;
import io.github.adaptertwin.core.stats.WideSum;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The integer books of a run. Everything is summed exactly, so a report does not depend on whether
 * the engine took its steps one by one or many at once; figures become doubles only in {@link
 * #report}.
 */
final class RunAccounts {
  private static final int QUARTERS = 4;
  private static final long PICOS_PER_NANO = 1000;
  private static final double[] SHARES = {0.5, 0.9, 0.95, 0.99};

  private final EngineConfig config;
  private final int baseRow;
  private final long[] adapterArrived;
  private final long[] adapterCompleted;
  private final long[] adapterOffered;
  private final long[] adapterCompletedTokens;
  // Nanoseconds: picoseconds would overflow on an adapter whose many requests wait for long.
  private final long[] adapterTtftNanos;
  private final long[] adapterLoads;

  private final WideSum runningTime = new WideSum();
  private final WideSum waitingTime = new WideSum();
  private final WideSum usedBlocksTime = new WideSum();
  private final WideSum adaptersTime = new WideSum();
  private final WideSum gapSum = new WideSum();
  private final WideSum ttftSum = new WideSum();
  private final WideSum endToEndSum = new WideSum();
  private final WideSum tpotSum = new WideSum();
  private final LogHistogram gaps = new LogHistogram();
  private final Percentiles ttft = new Percentiles();
  private final Percentiles tpot = new Percentiles();
  private final Percentiles endToEnd = new Percentiles();
  private final WideSum[] quarterWait = new WideSum[QUARTERS];
  private final long[] quarterArrived = new long[QUARTERS];

  private boolean percentiles;
  private long horizonPicos;
  private long startPicos;
  private long carriedOver;
  private @Nullable SeriesRecorder series;
  private long maxRunning;
  private long maxWaiting;
  private long maxUsedBlocks;
  private long maxAdapters;
  private long gapCount;
  private long maxGap;
  private long maxTtft;
  private long maxTpot;
  private long maxEndToEnd;
  private long tpotCount;
  private long arrived;
  private long dropped;
  private long rejected;
  private long completed;
  private long offeredInput;
  private long offeredOutput;
  private long completedInput;
  private long completedOutput;
  private long generated;
  private long prefilled;
  private long steps;
  private long preemptions;
  private long prefixHitTokens;
  private long hostLoads;
  private long diskLoads;
  private long computePicos;
  private long loadingPicos;
  private long schedulingPicos;
  private long idlePicos;

  RunAccounts(EngineConfig config) {
    this.config = config;
    baseRow = config.adapters().size();
    adapterArrived = new long[baseRow + 1];
    adapterCompleted = new long[baseRow + 1];
    adapterOffered = new long[baseRow + 1];
    adapterCompletedTokens = new long[baseRow + 1];
    adapterTtftNanos = new long[baseRow + 1];
    adapterLoads = new long[baseRow + 1];
    for (int q = 0; q < QUARTERS; q++) {
      quarterWait[q] = new WideSum();
    }
  }

  /** Opens the books for a new run and keeps their memory. */
  void clear(RunOptions options) {
    startPicos = 0;
    carriedOver = 0;
    series =
        options.seriesIntervalPicos() == 0
            ? null
            : new SeriesRecorder(options.seriesIntervalPicos());
    empty(options);
  }

  /** {@return the run's time series, null unless it was asked for} */
  @Nullable SeriesRecorder series() {
    return series;
  }

  /** The warm-up is over: everything is counted anew. */
  void endWarmUp(RunOptions options, long time, long requestsInEngine) {
    startPicos = time;
    carriedOver = requestsInEngine;
    empty(options);
  }

  private void empty(RunOptions options) {
    percentiles = options.detail() != ReportDetail.SUMMARY;
    horizonPicos = options.horizonPicos();
    for (long[] column :
        new long[][] {
          adapterArrived,
          adapterCompleted,
          adapterOffered,
          adapterCompletedTokens,
          adapterTtftNanos,
          adapterLoads,
          quarterArrived
        }) {
      Arrays.fill(column, 0);
    }
    for (WideSum sum :
        new WideSum[] {
          runningTime,
          waitingTime,
          usedBlocksTime,
          adaptersTime,
          gapSum,
          ttftSum,
          endToEndSum,
          tpotSum
        }) {
      sum.clear();
    }
    for (WideSum sum : quarterWait) {
      sum.clear();
    }
    gaps.clear();
    ttft.clear();
    tpot.clear();
    endToEnd.clear();
    maxRunning = maxWaiting = maxUsedBlocks = maxAdapters = 0;
    gapCount = maxGap = maxTtft = maxTpot = maxEndToEnd = tpotCount = 0;
    arrived = dropped = rejected = completed = 0;
    offeredInput = offeredOutput = completedInput = completedOutput = generated = prefilled = 0;
    steps = preemptions = prefixHitTokens = hostLoads = diskLoads = 0;
    computePicos = loadingPicos = schedulingPicos = idlePicos = 0;
  }

  private int row(int adapter) {
    return adapter < 0 ? baseRow : adapter;
  }

  void arrived(int adapter, int input, int output) {
    arrived++;
    offeredInput += input;
    offeredOutput += output;
    int row = row(adapter);
    adapterArrived[row]++;
    adapterOffered[row] += (long) input + output;
  }

  void dropped() {
    dropped++;
  }

  /** Requests of one adapter that a source dropped as counts. */
  void dropped(int adapter, long requests, long input, long output) {
    arrived += requests;
    dropped += requests;
    offeredInput += input;
    offeredOutput += output;
    int row = row(adapter);
    adapterArrived[row] += requests;
    adapterOffered[row] += input + output;
  }

  void rejected() {
    rejected++;
  }

  /** Length of the waiting queue as the scheduler finds it. */
  void queued(long waiting) {
    maxWaiting = Math.max(maxWaiting, waiting);
  }

  /** Time that one request spent in the waiting queue, after arrival or after a preemption. */
  void waited(long picos) {
    waitingTime.add(picos);
  }

  /**
   * Wait of one request from arrival in the queue to first admission, or to the end of the run; a
   * request that arrived in the warm-up does not count.
   */
  void firstWait(long arrivalPicos, long picos) {
    long since = arrivalPicos - startPicos;
    if (since < 0) {
      return;
    }
    // The front end may carry a request that arrived just before the horizon beyond it.
    long length = (horizonPicos - startPicos) / QUARTERS + 1;
    int quarter = 0;
    while (quarter < QUARTERS - 1 && since >= length * (quarter + 1)) {
      quarter++;
    }
    quarterArrived[quarter]++;
    quarterWait[quarter].add(picos);
  }

  void stepBegun() {
    steps++;
  }

  void stepsBegun(long count) {
    steps += count;
  }

  /** Time of a step, or the part of it before the end of the run. */
  void stepTime(long scheduling, long loading, long compute) {
    schedulingPicos += scheduling;
    loadingPicos += loading;
    computePicos += compute;
  }

  /** Time that one request spent running, from an admission to its end or a preemption. */
  void ran(long picos) {
    runningTime.add(picos);
  }

  /** Time that one adapter spent in the batch without a break. */
  void adapterRan(long picos) {
    adaptersTime.add(picos);
  }

  /** Requests and distinct adapters in a step. */
  void batch(int running, int distinctAdapters) {
    maxRunning = Math.max(maxRunning, running);
    maxAdapters = Math.max(maxAdapters, distinctAdapters);
  }

  /** KV blocks in use for a time, the null block included. */
  void kvUsed(long picos, long usedBlocks) {
    usedBlocksTime.addProduct(usedBlocks, picos);
    maxUsedBlocks = Math.max(maxUsedBlocks, usedBlocks);
  }

  /** KV blocks in use over the steps of a run: their time integral, and the most of them. */
  void kvUsedInRun(long blockPicos, long mostUsed) {
    usedBlocksTime.add(blockPicos);
    maxUsedBlocks = Math.max(maxUsedBlocks, mostUsed);
  }

  void idle(long picos) {
    idlePicos += picos;
    kvUsed(picos, 1);
  }

  void prefilled(long tokens) {
    prefilled += tokens;
  }

  /** First tokens: they are generated but end no gap. */
  void firstTokens(long count) {
    generated += count;
  }

  /** Tokens that came a gap after the token before. */
  void gaps(long picos, long count) {
    generated += count;
    gapCount += count;
    gapSum.addProduct(picos, count);
    maxGap = Math.max(maxGap, picos);
    if (percentiles) {
      gaps.add(picos, count);
    }
  }

  /** Tokens of {@code requests} requests in steps that last longer by equal increments. */
  void gaps(long firstPicos, long increment, long steps, long requests) {
    long lastPicos = firstPicos + increment * (steps - 1);
    // Sum of an arithmetic series, exact: (first + last) * steps is even.
    long total = steps == 1 ? firstPicos : (firstPicos + lastPicos) * steps / 2;
    generated += steps * requests;
    gapCount += steps * requests;
    gapSum.addProduct(total, requests);
    maxGap = Math.max(maxGap, lastPicos);
    if (percentiles) {
      gaps.addRun(firstPicos, increment, steps, requests);
    }
  }

  void preempted() {
    preemptions++;
  }

  /** Prompt tokens that were not computed because their blocks were known. */
  void prefixHit(int tokens) {
    prefixHitTokens += tokens;
  }

  void loaded(int adapter, AdapterTier from) {
    if (from == AdapterTier.HOST_MEMORY) {
      hostLoads++;
      adapterLoads[adapter]++;
    } else {
      diskLoads++;
    }
  }

  void finished(int adapter, int input, int output, long arrival, long firstToken, long end) {
    completed++;
    completedInput += input;
    completedOutput += output;
    int row = row(adapter);
    adapterCompleted[row]++;
    adapterCompletedTokens[row] += (long) input + output;
    long untilFirst = firstToken - arrival;
    long untilLast = end - arrival;
    adapterTtftNanos[row] += untilFirst / PICOS_PER_NANO;
    ttftSum.add(untilFirst);
    endToEndSum.add(untilLast);
    maxTtft = Math.max(maxTtft, untilFirst);
    maxEndToEnd = Math.max(maxEndToEnd, untilLast);
    if (percentiles) {
      ttft.add(untilFirst);
      endToEnd.add(untilLast);
    }
    if (output > 1) {
      long perToken = (untilLast - untilFirst) / (output - 1);
      tpotCount++;
      tpotSum.add(perToken);
      maxTpot = Math.max(maxTpot, perToken);
      if (percentiles) {
        tpot.add(perToken);
      }
    }
  }

  /** {@return whether every request that came is in exactly one place} */
  boolean isBalanced(long runningAtEnd, long waitingAtEnd) {
    return arrived + carriedOver == completed + runningAtEnd + waitingAtEnd + dropped + rejected;
  }

  ReplicaReport report(long endPicos, long runningAtEnd, long waitingAtEnd) {
    long durationPicos = endPicos - startPicos;
    double duration = durationPicos;
    return new ReplicaReport(
        SimulatedTime.toSeconds(durationPicos),
        new RequestTotals(
            arrived, carriedOver, completed, runningAtEnd, waitingAtEnd, dropped, rejected),
        new TokenTotals(
            offeredInput, offeredOutput, completedInput, completedOutput, generated, prefilled),
        latency(completed, ttftSum, maxTtft, ttft),
        itl(),
        latency(tpotCount, tpotSum, maxTpot, tpot),
        latency(completed, endToEndSum, maxEndToEnd, endToEnd),
        new Gauge(runningTime.toDouble() / duration, maxRunning),
        new Gauge(waitingTime.toDouble() / duration, maxWaiting),
        new Gauge(
            usedBlocksTime.toDouble() / duration / config.kvBlocks(),
            maxUsedBlocks / (double) config.kvBlocks()),
        new Gauge(adaptersTime.toDouble() / duration, maxAdapters),
        new EngineTotals(steps, preemptions, hostLoads, diskLoads, prefixHitTokens),
        new TimeSplit(
            SimulatedTime.toSeconds(computePicos),
            SimulatedTime.toSeconds(loadingPicos),
            SimulatedTime.toSeconds(schedulingPicos),
            SimulatedTime.toSeconds(idlePicos)),
        new QueueTrend(meanWait(0), meanWait(1), meanWait(2), meanWait(3)),
        adapterReports(),
        series == null ? ImmutableList.of() : series.points(config.kvBlocks()));
  }

  private double meanWait(int quarter) {
    return quarterArrived[quarter] == 0
        ? Double.NaN
        : quarterWait[quarter].toDouble()
            / quarterArrived[quarter]
            / SimulatedTime.PICOS_PER_SECOND;
  }

  private LatencySummary latency(long count, WideSum sum, long max, Percentiles sample) {
    if (count == 0) {
      return new LatencySummary(
          0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }
    double[] q = sample.quantiles(SHARES);
    return summary(count, sum, max, q[0], q[1], q[2], q[3]);
  }

  private LatencySummary itl() {
    if (gapCount == 0) {
      return latency(0, gapSum, 0, ttft);
    }
    return summary(
        gapCount,
        gapSum,
        maxGap,
        gaps.quantile(SHARES[0]),
        gaps.quantile(SHARES[1]),
        gaps.quantile(SHARES[2]),
        gaps.quantile(SHARES[3]));
  }

  private static LatencySummary summary(
      long count, WideSum sum, long max, double p50, double p90, double p95, double p99) {
    double second = SimulatedTime.PICOS_PER_SECOND;
    return new LatencySummary(
        count,
        sum.toDouble() / count / second,
        p50 / second,
        p90 / second,
        p95 / second,
        p99 / second,
        max / second);
  }

  private ImmutableList<AdapterReport> adapterReports() {
    ImmutableList.Builder<AdapterReport> rows = ImmutableList.builder();
    for (int row = 0; row <= baseRow; row++) {
      boolean base = row == baseRow;
      if (base && adapterArrived[row] == 0 && adapterCompleted[row] == 0) {
        continue;
      }
      rows.add(
          new AdapterReport(
              base ? AdapterReport.BASE_MODEL_ID : config.adapters().get(row).id(),
              adapterArrived[row],
              adapterCompleted[row],
              adapterOffered[row],
              adapterCompletedTokens[row],
              adapterCompleted[row] == 0
                  ? Double.NaN
                  : adapterTtftNanos[row] * 1e-9 / adapterCompleted[row],
              adapterLoads[row]));
    }
    return rows.build();
  }
}
