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
  private static final long LOWER_HALF = (1L << Integer.SIZE) - 1;
  private static final double[] SHARES = {0.5, 0.9, 0.95, 0.99};

  // Figures of an adapter.
  private static final int ADAPTER_SHIFT = 3;
  private static final int ARRIVED = 0;
  private static final int OFFERED_TOKENS = 1;
  private static final int COMPLETED = 2;
  private static final int COMPLETED_TOKENS = 3;
  // In nanoseconds, the sums of the lower 32 bits and of the others: many may wait for long.
  private static final int TTFT_NANOS_LOWER = 4;
  private static final int TTFT_NANOS_UPPER = 5;
  private static final int LOADS = 6;

  // Figures of a request that has finished.
  private static final int LOG_CAPACITY = 64;
  private static final int LOG_LONGS = 8;
  private static final int ARRIVAL = 0;
  private static final int FIRST_ADMITTED = 1;
  private static final int RUNNING_SINCE = 2;
  private static final int FIRST_TOKEN = 3;
  private static final int END = 4;
  private static final int ADAPTER_ROW = 5;
  private static final int INPUT = 6;
  private static final int OUTPUT = 7;

  private final EngineConfig config;
  private final int baseRow;

  /** The figures of each adapter side by side. */
  private final long[] byAdapter;

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
  private final long frontEndPicos;

  // Requests that have finished and are not counted yet: many at once cost less.
  private final long[] log = new long[LOG_CAPACITY * LOG_LONGS];
  private final long[] logTtft = new long[LOG_CAPACITY];
  private final long[] logTpot = new long[LOG_CAPACITY];
  private final long[] logEndToEnd = new long[LOG_CAPACITY];
  private final long[] logTimes = new long[LOG_CAPACITY];
  private int logged;

  private boolean percentiles;
  private long quarterPicos;
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
  private long dropped;
  private long rejected;
  private long offeredOutput;
  private long completedOutput;
  private long firstTokens;
  private long prefilled;
  private long steps;
  private long preemptions;
  private long prefixHitTokens;
  private long hostLoads;
  private long diskLoads;
  private long loadingPicos;
  private long schedulingPicos;
  private long idlePicos;

  /**
   * Makes the books of an engine.
   *
   * @param frontEndPicos time between a request's arrival and its place in the queue, for those
   *     that are counted by {@link #logFinished}
   */
  RunAccounts(EngineConfig config, long frontEndPicos) {
    this.config = config;
    this.frontEndPicos = frontEndPicos;
    baseRow = config.adapters().size();
    byAdapter = new long[(baseRow + 1) << ADAPTER_SHIFT];
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
    // The front end may carry a request that arrived just before the horizon beyond it.
    quarterPicos = (options.horizonPicos() - startPicos) / QUARTERS + 1;
    logged = 0;
    Arrays.fill(byAdapter, 0);
    Arrays.fill(quarterArrived, 0);
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
    dropped = rejected = 0;
    offeredOutput = completedOutput = firstTokens = prefilled = 0;
    steps = preemptions = prefixHitTokens = hostLoads = diskLoads = 0;
    loadingPicos = schedulingPicos = idlePicos = 0;
  }

  private int row(int adapter) {
    return adapter < 0 ? baseRow : adapter;
  }

  void arrived(int adapter, int input, int output) {
    offeredOutput += output;
    int at = row(adapter) << ADAPTER_SHIFT;
    byAdapter[at + ARRIVED]++;
    byAdapter[at + OFFERED_TOKENS] += (long) input + output;
  }

  void dropped() {
    dropped++;
  }

  /** Requests of one adapter that a source dropped as counts. */
  void dropped(int adapter, long requests, long input, long output) {
    dropped += requests;
    offeredOutput += output;
    int at = row(adapter) << ADAPTER_SHIFT;
    byAdapter[at + ARRIVED] += requests;
    byAdapter[at + OFFERED_TOKENS] += input + output;
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
    if (arrivalPicos < startPicos) {
      return;
    }
    int quarter = quarter(arrivalPicos);
    quarterArrived[quarter]++;
    quarterWait[quarter].add(picos);
  }

  /** Quarter of the run that a time at or after its start lies in. */
  private int quarter(long picos) {
    long since = picos - startPicos;
    int quarter = 0;
    for (int q = 1; q < QUARTERS; q++) {
      quarter += since >= quarterPicos * q ? 1 : 0;
    }
    return quarter;
  }

  /** A request waited from its arrival in the queue to its first admission. */
  void firstAdmission(long arrivalPicos, long admittedPicos) {
    if (admittedPicos >= startPicos) {
      waited(admittedPicos - Math.max(arrivalPicos, startPicos));
      firstWait(arrivalPicos, admittedPicos - arrivalPicos);
    }
  }

  void stepsBegun(long count) {
    steps += count;
  }

  /** Time that steps took for other things than computing. */
  void stepTime(long scheduling, long loading) {
    schedulingPicos += scheduling;
    loadingPicos += loading;
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
    mostUsed(usedBlocks);
  }

  private void mostUsed(long usedBlocks) {
    if (usedBlocks > maxUsedBlocks) {
      maxUsedBlocks = usedBlocks;
    }
  }

  /** KV blocks in use over the steps of a run: their time integral, and the most of them. */
  void kvUsedInRun(long blockPicos, long mostUsed) {
    usedBlocksTime.add(blockPicos);
    mostUsed(mostUsed);
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
    firstTokens += count;
  }

  /** Tokens that came a gap after the token before. */
  void gaps(long picos, long count) {
    gapCount += count;
    gapSum.addProduct(picos, count);
    longest(picos);
    if (percentiles) {
      gaps.add(picos, count);
    }
  }

  /**
   * Tokens of {@code requests} requests in steps that last longer by equal increments.
   *
   * @param total time of all steps, which fits a long when multiplied with the requests
   */
  void gaps(long firstPicos, long increment, long steps, long total, long requests) {
    gapCount += steps * requests;
    gapSum.add(total * requests);
    longest(firstPicos + increment * (steps - 1));
    if (percentiles) {
      gaps.addRun(firstPicos, increment, steps, requests);
    }
  }

  private void longest(long gapPicos) {
    if (gapPicos > maxGap) {
      maxGap = gapPicos;
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
      byAdapter[(adapter << ADAPTER_SHIFT) + LOADS]++;
    } else {
      diskLoads++;
    }
  }

  /** A request has finished; counted with the next ones. */
  void logFinished(Request request, long end) {
    if (logged == LOG_CAPACITY) {
      countLogged();
    }
    long[] to = log;
    int at = logged++ * LOG_LONGS;
    to[at + ARRIVAL] = request.arrival;
    to[at + FIRST_ADMITTED] = request.firstAdmitted;
    to[at + RUNNING_SINCE] = request.runningSince;
    to[at + FIRST_TOKEN] = request.firstToken;
    to[at + END] = end;
    to[at + ADAPTER_ROW] = request.adapterRow;
    to[at + INPUT] = request.input;
    to[at + OUTPUT] = request.output;
  }

  private void countLogged() {
    final long[] from = log;
    final int count = logged;
    logged = 0;
    countWaits(count);
    int timed = 0;
    for (int i = 0; i < count; i++) {
      int at = i * LOG_LONGS;
      long arrival = from[at + ARRIVAL];
      long untilFirst = from[at + FIRST_TOKEN] - arrival;
      long untilLast = from[at + END] - arrival;
      long output = from[at + OUTPUT];
      completed((int) from[at + ADAPTER_ROW], from[at + INPUT], output, untilFirst);
      logTtft[i] = untilFirst;
      logEndToEnd[i] = untilLast;
      logTimes[i] = from[at + END] - Math.max(from[at + RUNNING_SINCE], startPicos);
      if (output > 1) {
        logTpot[timed++] = (untilLast - untilFirst) / (output - 1);
      }
    }
    runningTime.addAll(logTimes, count);
    ttftSum.addAll(logTtft, count);
    endToEndSum.addAll(logEndToEnd, count);
    tpotSum.addAll(logTpot, timed);
    maxTtft = Math.max(maxTtft, largest(logTtft, count));
    maxEndToEnd = Math.max(maxEndToEnd, largest(logEndToEnd, count));
    maxTpot = Math.max(maxTpot, largest(logTpot, timed));
    tpotCount += timed;
    if (percentiles) {
      ttft.addAll(logTtft, count);
      endToEnd.addAll(logEndToEnd, count);
      tpot.addAll(logTpot, timed);
    }
  }

  /** Counts how long the requests of the log waited until they were admitted for the first time. */
  private void countWaits(int count) {
    final long[] from = log;
    long earliest = Long.MAX_VALUE;
    long latest = startPicos;
    for (int i = 0; i < count; i++) {
      int at = i * LOG_LONGS;
      long queued = from[at + ARRIVAL] + frontEndPicos;
      logTimes[i] = from[at + FIRST_ADMITTED] - queued;
      earliest = Math.min(earliest, queued);
      latest = Math.max(latest, queued);
    }
    if (earliest < startPicos) {
      for (int at = 0; at < count * LOG_LONGS; at += LOG_LONGS) {
        firstAdmission(from[at + ARRIVAL] + frontEndPicos, from[at + FIRST_ADMITTED]);
      }
      return;
    }
    waitingTime.addAll(logTimes, count);
    int first = quarter(earliest);
    if (first == quarter(latest)) {
      quarterArrived[first] += count;
      quarterWait[first].addAll(logTimes, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      firstWait(from[i * LOG_LONGS + ARRIVAL] + frontEndPicos, logTimes[i]);
    }
  }

  private static long largest(long[] values, int count) {
    long largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
  }

  private void completed(int row, long input, long output, long untilFirst) {
    completedOutput += output;
    int at = row << ADAPTER_SHIFT;
    byAdapter[at + COMPLETED]++;
    byAdapter[at + COMPLETED_TOKENS] += input + output;
    long nanos = untilFirst / PICOS_PER_NANO;
    byAdapter[at + TTFT_NANOS_LOWER] += nanos & LOWER_HALF;
    byAdapter[at + TTFT_NANOS_UPPER] += nanos >>> Integer.SIZE;
  }

  private double ttftNanos(int adapterAt) {
    return byAdapter[adapterAt + TTFT_NANOS_UPPER] * 0x1p32
        + byAdapter[adapterAt + TTFT_NANOS_LOWER];
  }

  private long ofAllAdapters(int figure) {
    long sum = 0;
    for (int row = 0; row <= baseRow; row++) {
      sum += byAdapter[(row << ADAPTER_SHIFT) + figure];
    }
    return sum;
  }

  /** {@return whether every request that came is in exactly one place} */
  boolean isBalanced(long runningAtEnd, long waitingAtEnd) {
    countLogged();
    return ofAllAdapters(ARRIVED) + carriedOver
        == ofAllAdapters(COMPLETED) + runningAtEnd + waitingAtEnd + dropped + rejected;
  }

  ReplicaReport report(long endPicos, long runningAtEnd, long waitingAtEnd) {
    countLogged();
    long durationPicos = endPicos - startPicos;
    double duration = durationPicos;
    long completed = ofAllAdapters(COMPLETED);
    return new ReplicaReport(
        SimulatedTime.toSeconds(durationPicos),
        new RequestTotals(
            ofAllAdapters(ARRIVED),
            carriedOver,
            completed,
            runningAtEnd,
            waitingAtEnd,
            dropped,
            rejected),
        new TokenTotals(
            ofAllAdapters(OFFERED_TOKENS) - offeredOutput,
            offeredOutput,
            ofAllAdapters(COMPLETED_TOKENS) - completedOutput,
            completedOutput,
            firstTokens + gapCount,
            prefilled),
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
            SimulatedTime.toSeconds(durationPicos - loadingPicos - schedulingPicos - idlePicos),
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
      int at = row << ADAPTER_SHIFT;
      long arrived = byAdapter[at + ARRIVED];
      long completed = byAdapter[at + COMPLETED];
      if (base && arrived == 0 && completed == 0) {
        continue;
      }
      rows.add(
          new AdapterReport(
              base ? AdapterReport.BASE_MODEL_ID : config.adapters().get(row).id(),
              arrived,
              completed,
              byAdapter[at + OFFERED_TOKENS],
              byAdapter[at + COMPLETED_TOKENS],
              completed == 0 ? Double.NaN : ttftNanos(at) * 1e-9 / completed,
              byAdapter[at + LOADS]));
    }
    return rows.build();
  }
}
