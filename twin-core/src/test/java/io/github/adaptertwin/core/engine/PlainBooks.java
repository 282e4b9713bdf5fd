package io.github.adaptertwin.core.engine;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.github.adaptertwin.core.report.AdapterReport;
import io.github.adaptertwin.core.report.EngineTotals;
import io.github.adaptertwin.core.report.Gauge;
import io.github.adaptertwin.core.report.LatencySummary;
import io.github.adaptertwin.core.report.QueueTrend;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.report.RequestTotals;
import io.github.adaptertwin.core.report.SeriesPoint;
import io.github.adaptertwin.core.report.TimeSplit;
import io.github.adaptertwin.core.report.TokenTotals;
import io.github.adaptertwin.core.stats.LogHistogram;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The books of a run kept the plain way: everything that happened in a list, and every figure a sum
 * over it when the run is over. Only the histogram of gaps, whose bounds the report promises, is
 * the engine's own.
 */
final class PlainBooks {
  private static final double SECOND = SimulatedTime.PICOS_PER_SECOND;

  /** A request that arrived, and what it came to. */
  private record Arrival(int adapter, int input, int output) {}

  private record Finish(int adapter, int input, int output, long untilFirst, long untilLast) {}

  private record Wait(long since, long picos) {}

  private record Load(int adapter, AdapterTier from) {}

  /** A time in which nothing changed, whose scheduling and loading are 0 while the engine idles. */
  private record Span(
      long begin,
      long picos,
      long scheduling,
      long loading,
      int running,
      int waiting,
      int usedBlocks,
      int adapters,
      boolean idle) {
    long end() {
      return begin + picos;
    }
  }

  private final EngineConfig config;
  private RunOptions options = RunOptions.ofSeconds(1);
  private long start;
  private long carriedOver;
  private long dropped;
  private long rejected;
  private long steps;
  private long preemptions;
  private long prefixHitTokens;
  private long prefilled;
  private long firstTokens;
  private long mostWaiting;
  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<Finish> finishes = new ArrayList<>();
  private final List<Wait> firstWaits = new ArrayList<>();
  private final List<Long> waits = new ArrayList<>();
  private final List<Long> gaps = new ArrayList<>();
  private final List<Load> loads = new ArrayList<>();
  private final List<Span> spans = new ArrayList<>();

  // What a time series shows, the warm-up included.
  private final List<Span> allSpans = new ArrayList<>();
  private final List<Long> arrivedAt = new ArrayList<>();
  private final List<Long> generatedAt = new ArrayList<>();
  private final List<Long> completedAt = new ArrayList<>();

  PlainBooks(EngineConfig config) {
    this.config = config;
  }

  void clear(RunOptions runOptions) {
    options = runOptions;
    allSpans.clear();
    arrivedAt.clear();
    generatedAt.clear();
    completedAt.clear();
    countFrom(0, 0);
  }

  /** The warm-up is over: everything is counted anew. */
  void countFrom(long time, long requestsInEngine) {
    start = time;
    carriedOver = requestsInEngine;
    dropped = 0;
    rejected = 0;
    steps = 0;
    preemptions = 0;
    prefixHitTokens = 0;
    prefilled = 0;
    firstTokens = 0;
    mostWaiting = 0;
    for (List<?> list : List.of(arrivals, finishes, firstWaits, waits, gaps, loads, spans)) {
      list.clear();
    }
  }

  void arrived(int adapter, int input, int output) {
    arrivals.add(new Arrival(adapter, input, output));
  }

  /** The engine has seen an arrival. */
  void seen(long time) {
    arrivedAt.add(time);
  }

  void dropped() {
    dropped++;
  }

  void rejected() {
    rejected++;
  }

  void stepBegins(int waiting) {
    steps++;
    mostWaiting = Math.max(mostWaiting, waiting);
  }

  void waited(long picos) {
    waits.add(picos);
  }

  /** A request that came into the queue at a time waited for its first admission. */
  void firstWait(long queued, long picos) {
    if (queued >= start) {
      firstWaits.add(new Wait(queued - start, picos));
    }
  }

  void preempted() {
    preemptions++;
  }

  void prefixHit(int tokens) {
    prefixHitTokens += tokens;
  }

  void prefilled(int tokens) {
    prefilled += tokens;
  }

  void loaded(int adapter, AdapterTier from) {
    loads.add(new Load(adapter, from));
  }

  void idle(long begin, long picos) {
    add(new Span(begin, picos, 0, 0, 0, 0, 1, 0, true));
  }

  void step(
      long begin,
      long picos,
      long scheduling,
      long loading,
      int running,
      int waiting,
      int usedBlocks,
      int adapters) {
    add(new Span(begin, picos, scheduling, loading, running, waiting, usedBlocks, adapters, false));
  }

  private void add(Span span) {
    spans.add(span);
    allSpans.add(span);
  }

  void firstToken(long time) {
    firstTokens++;
    generatedAt.add(time);
  }

  void token(long time, long gap) {
    gaps.add(gap);
    generatedAt.add(time);
  }

  void finished(int adapter, int input, int output, long arrival, long firstToken, long end) {
    finishes.add(new Finish(adapter, input, output, firstToken - arrival, end - arrival));
    completedAt.add(end);
  }

  ReplicaReport report(long end, int runningAtEnd, long waitingAtEnd) {
    double picos = end - start;
    long scheduling = sum(spans, Span::scheduling).longValueExact();
    long loading = sum(spans, Span::loading).longValueExact();
    long idle = sum(spans, s -> s.idle() ? s.picos() : 0).longValueExact();
    long hostLoads = loads.stream().filter(l -> l.from() == AdapterTier.HOST_MEMORY).count();
    return new ReplicaReport(
        SimulatedTime.toSeconds(end - start),
        new RequestTotals(
            arrivals.size(),
            carriedOver,
            finishes.size(),
            runningAtEnd,
            waitingAtEnd,
            dropped,
            rejected),
        new TokenTotals(
            sum(arrivals, Arrival::input).longValueExact(),
            sum(arrivals, Arrival::output).longValueExact(),
            sum(finishes, Finish::input).longValueExact(),
            sum(finishes, Finish::output).longValueExact(),
            firstTokens + gaps.size(),
            prefilled),
        latency(finishes.stream().map(Finish::untilFirst).toList()),
        gapLatency(),
        latency(
            finishes.stream()
                .filter(f -> f.output() > 1)
                .map(f -> (f.untilLast() - f.untilFirst()) / (f.output() - 1))
                .toList()),
        latency(finishes.stream().map(Finish::untilLast).toList()),
        gauge(picos, 1, Span::running),
        new Gauge(sum(waits, w -> w).doubleValue() / picos, mostWaiting),
        gauge(picos, config.kvBlocks(), Span::usedBlocks),
        gauge(picos, 1, Span::adapters),
        new EngineTotals(steps, preemptions, hostLoads, loads.size() - hostLoads, prefixHitTokens),
        new TimeSplit(
            SimulatedTime.toSeconds(end - start - loading - scheduling - idle),
            SimulatedTime.toSeconds(loading),
            SimulatedTime.toSeconds(scheduling),
            SimulatedTime.toSeconds(idle)),
        new QueueTrend(quarter(0), quarter(1), quarter(2), quarter(3)),
        adapterReports(),
        series());
  }

  private static <T> BigInteger sum(List<T> list, ToLongFunction<T> figure) {
    BigInteger sum = BigInteger.ZERO;
    for (T item : list) {
      sum = sum.add(BigInteger.valueOf(figure.applyAsLong(item)));
    }
    return sum;
  }

  private static long most(List<Long> values) {
    return values.stream().mapToLong(v -> v).max().orElse(0);
  }

  private Gauge gauge(double picos, int of, ToLongFunction<Span> figure) {
    double integral = sum(spans, s -> s.picos() * figure.applyAsLong(s)).doubleValue();
    long max = spans.stream().mapToLong(figure).max().orElse(0);
    return new Gauge(integral / picos / of, max / (double) of);
  }

  private LatencySummary latency(List<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    return summary(
        values,
        atShare(sorted, 0.5),
        atShare(sorted, 0.9),
        atShare(sorted, 0.95),
        atShare(sorted, 0.99));
  }

  /** Type 7 of Hyndman and Fan. */
  private double atShare(List<Long> sorted, double share) {
    if (sorted.isEmpty() || options.detail() == ReportDetail.SUMMARY) {
      return Double.NaN;
    }
    double place = share * (sorted.size() - 1);
    int below = (int) place;
    long lower = sorted.get(below);
    long upper = sorted.get(Math.min(below + 1, sorted.size() - 1));
    return lower + (place - below) * (upper - lower);
  }

  private LatencySummary gapLatency() {
    LogHistogram histogram = new LogHistogram();
    if (options.detail() != ReportDetail.SUMMARY) {
      gaps.forEach(gap -> histogram.add(gap, 1));
    }
    return summary(
        gaps,
        histogram.quantile(0.5),
        histogram.quantile(0.9),
        histogram.quantile(0.95),
        histogram.quantile(0.99));
  }

  private static LatencySummary summary(
      List<Long> values, double p50, double p90, double p95, double p99) {
    int count = values.size();
    return new LatencySummary(
        count,
        count == 0 ? Double.NaN : sum(values, v -> v).doubleValue() / count / SECOND,
        p50 / SECOND,
        p90 / SECOND,
        p95 / SECOND,
        p99 / SECOND,
        count == 0 ? Double.NaN : most(values) / SECOND);
  }

  /**
   * Mean first wait of those that came in a quarter of the counted time before the horizon; who
   * comes out of the front end behind it counts in the last one.
   */
  private double quarter(int number) {
    long length = (options.horizonPicos() - start) / 4 + 1;
    List<Wait> ofQuarter =
        firstWaits.stream()
            .filter(w -> (length > 0 ? Math.min(3, w.since() / length) : 3) == number)
            .toList();
    return ofQuarter.isEmpty()
        ? Double.NaN
        : sum(ofQuarter, Wait::picos).doubleValue() / ofQuarter.size() / SECOND;
  }

  private List<AdapterReport> adapterReports() {
    List<AdapterReport> reports = new ArrayList<>();
    for (int a = 0; a <= config.adapters().size(); a++) {
      int adapter = a < config.adapters().size() ? a : -1;
      List<Arrival> came = arrivals.stream().filter(r -> r.adapter() == adapter).toList();
      List<Finish> done = finishes.stream().filter(r -> r.adapter() == adapter).toList();
      if (adapter < 0 && came.isEmpty() && done.isEmpty()) {
        continue;
      }
      reports.add(
          new AdapterReport(
              adapter < 0 ? AdapterReport.BASE_MODEL_ID : config.adapters().get(adapter).id(),
              came.size(),
              done.size(),
              sum(came, r -> (long) r.input() + r.output()).longValueExact(),
              sum(done, r -> (long) r.input() + r.output()).longValueExact(),
              done.isEmpty()
                  ? Double.NaN
                  : sum(done, r -> r.untilFirst() / 1000).doubleValue() * 1e-9 / done.size(),
              loads.stream()
                  .filter(l -> l.adapter() == adapter && l.from() == AdapterTier.HOST_MEMORY)
                  .count()));
    }
    return reports;
  }

  private List<SeriesPoint> series() {
    long interval = options.seriesIntervalPicos();
    List<SeriesPoint> points = new ArrayList<>();
    if (interval == 0) {
      return points;
    }
    long last = -1;
    for (List<Long> times : List.of(arrivedAt, generatedAt, completedAt)) {
      last = times.isEmpty() ? last : Math.max(last, most(times));
    }
    for (Span span : allSpans) {
      last = span.picos() == 0 ? last : Math.max(last, span.end() - 1);
    }
    Map<Long, Long> arrived = byInterval(arrivedAt);
    Map<Long, Long> completed = byInterval(completedAt);
    Map<Long, Long> generated = byInterval(generatedAt);
    int first = 0;
    for (long number = 0; number <= last / interval; number++) {
      // Spans follow each other without a gap.
      while (first < allSpans.size() && allSpans.get(first).end() <= number * interval) {
        first++;
      }
      points.add(
          point(
              number,
              first,
              arrived.getOrDefault(number, 0L),
              completed.getOrDefault(number, 0L),
              generated.getOrDefault(number, 0L)));
    }
    return points;
  }

  private Map<Long, Long> byInterval(List<Long> times) {
    return times.stream().collect(groupingBy(t -> t / options.seriesIntervalPicos(), counting()));
  }

  private SeriesPoint point(
      long number, int firstSpan, long arrived, long completed, long generated) {
    long from = number * options.seriesIntervalPicos();
    long to = from + options.seriesIntervalPicos();
    long covered = 0;
    double[] integrals = new double[4];
    for (int i = firstSpan; i < allSpans.size() && allSpans.get(i).begin() < to; i++) {
      Span span = allSpans.get(i);
      long within = Math.min(to, span.end()) - Math.max(from, span.begin());
      covered += within;
      integrals[0] += (double) within * span.running();
      integrals[1] += (double) within * span.waiting();
      integrals[2] += (double) within * span.usedBlocks();
      integrals[3] += (double) within * span.adapters();
    }
    double picos = covered;
    return new SeriesPoint(
        SimulatedTime.toSeconds(from),
        SimulatedTime.toSeconds(covered),
        arrived,
        completed,
        generated,
        integrals[0] / picos,
        integrals[1] / picos,
        integrals[2] / picos / config.kvBlocks(),
        integrals[3] / picos);
  }
}
