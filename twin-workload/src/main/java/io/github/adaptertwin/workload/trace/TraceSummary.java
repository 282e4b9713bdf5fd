package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Picture;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.stats.LogHistogram;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.ArrivalStatistics;
import io.github.adaptertwin.workload.session.LruHitRatios;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Formatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is in a trace, found in one pass; memory grows with the clients, not with the requests.
 * Figures that there is too little for are NaN. Immutable and thread-safe.
 */
public final class TraceSummary {
  private static final double[] WINDOW_SECONDS = {1, 10, 60};
  private static final int[] SLOTS = {8, 16, 32, 64};
  private static final double[] SHARES = {0.5, 0.9, 0.99};
  private static final int POINTS = 200;

  /**
   * Input or output lengths in tokens; quantiles are within .05 %.
   *
   * @param mean mean
   * @param p50 median
   * @param p90 nine tenths are at most so long
   * @param p99 99 of 100 are at most so long
   */
  public record Lengths(double mean, double p50, double p90, double p99) {}

  private final long requests;
  private final double spanSeconds;
  private final double ratePerSecond;
  private final double gapCv;
  private final double[] dispersion;
  private final Lengths input;
  private final Lengths output;
  private final double[] inputCurve;
  private final double[] outputCurve;
  private final RateOverTime rate;
  private final ImmutableList<ClientShare> clients;
  private final double[] hitRatios;
  private final SkippedLines skipped;

  /**
   * A client and its part of the requests.
   *
   * @param client its name; empty for requests of which none is told
   * @param requests number of its requests
   */
  public record ClientShare(String client, long requests) {}

  private TraceSummary(Collector c, SkippedLines skipped) {
    requests = c.arrivals.count();
    spanSeconds = c.arrivals.spanSeconds();
    ratePerSecond = c.arrivals.ratePerSecond();
    gapCv = c.arrivals.gapCv();
    dispersion = new double[WINDOW_SECONDS.length];
    Arrays.setAll(dispersion, c.arrivals::indexOfDispersion);
    input = lengths(c.inputs, c.inputSum);
    output = lengths(c.outputs, c.outputSum);
    inputCurve = curve(c.inputs);
    outputCurve = curve(c.outputs);
    rate = c.rate;
    List<ClientShare> shares = new ArrayList<>();
    for (int i = 0; i < c.names.size(); i++) {
      shares.add(new ClientShare(c.names.get(i), c.counts[i]));
    }
    // A stable sort: clients of equal counts stay in order of their first request.
    shares.sort((a, b) -> Long.compare(b.requests(), a.requests()));
    clients = ImmutableList.copyOf(shares);
    hitRatios = c.hits.ratios();
    this.skipped = skipped;
  }

  /**
   * Reads a trace to its end.
   *
   * @param trace the trace
   * @return what is in it
   * @throws MalformedInputException if a line cannot be used
   * @throws IOException if the file cannot be read
   */
  public static TraceSummary of(Trace trace) throws IOException {
    try (TraceCursor cursor = trace.open()) {
      Collector collector = new Collector();
      while (cursor.advance()) {
        collector.add(cursor);
      }
      return new TraceSummary(collector, cursor.skipped());
    }
  }

  private static final class Collector {
    private final ArrivalStatistics arrivals = new ArrivalStatistics(WINDOW_SECONDS);
    private final LogHistogram inputs = new LogHistogram();
    private final LogHistogram outputs = new LogHistogram();
    private final RateOverTime rate = new RateOverTime();
    private final LruHitRatios hits = new LruHitRatios(SLOTS);
    private final Map<String, Integer> indexOf = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private long[] counts = new long[16];
    private long inputSum;
    private long outputSum;

    void add(TraceCursor cursor) {
      arrivals.add(cursor.arrivalPicos());
      rate.add(cursor.arrivalPicos());
      inputs.add(cursor.inputTokens(), 1);
      outputs.add(cursor.outputTokens(), 1);
      inputSum += cursor.inputTokens();
      outputSum += cursor.outputTokens();
      Integer known = indexOf.putIfAbsent(cursor.client(), names.size());
      int client = known == null ? names.size() : known;
      if (known == null) {
        names.add(cursor.client());
        counts = client < counts.length ? counts : Arrays.copyOf(counts, 2 * client);
      }
      counts[client]++;
      hits.add(client);
    }
  }

  private static Lengths lengths(LogHistogram histogram, long sum) {
    double n = (double) histogram.total();
    return new Lengths(
        n == 0 ? Double.NaN : sum / n,
        histogram.quantile(SHARES[0]),
        histogram.quantile(SHARES[1]),
        histogram.quantile(SHARES[2]));
  }

  private static double[] curve(LogHistogram histogram) {
    double[] quantiles = new double[POINTS + 1];
    Arrays.setAll(quantiles, i -> histogram.quantile(i / (double) POINTS));
    return quantiles;
  }

  /** {@return number of requests} */
  public long requests() {
    return requests;
  }

  /** {@return seconds from the first to the last request} */
  public double spanSeconds() {
    return spanSeconds;
  }

  /** {@return requests over the span} */
  public double ratePerSecond() {
    return ratePerSecond;
  }

  /** {@return standard deviation over mean of the gaps} */
  public double gapCv() {
    return gapCv;
  }

  /** {@return variance over mean of the counts in windows of 1, 10 and 60 s; a copy} */
  public double[] dispersion() {
    return dispersion.clone();
  }

  /** {@return prompt lengths} */
  public Lengths input() {
    return input;
  }

  /** {@return generated lengths} */
  public Lengths output() {
    return output;
  }

  /** {@return clients by falling number of requests; unmodifiable} */
  public List<ClientShare> clients() {
    return clients;
  }

  /** {@return LRU hit ratio of the clients at 8, 16, 32 and 64 slots; a copy} */
  public double[] hitRatios() {
    return hitRatios.clone();
  }

  /** {@return what the reader left out, and why} */
  public SkippedLines skipped() {
    return skipped;
  }

  /** {@return the figures as lines of text} */
  public String toText() {
    Formatter text = new Formatter(Locale.ROOT);
    text.format("requests %,d in %.1f min, %.3f/s\n", requests, spanSeconds / 60, ratePerSecond);
    text.format(
        "gap CV %.3f, dispersion at 1 / 10 / 60 s %.2f / %.2f / %.1f\n",
        gapCv, dispersion[0], dispersion[1], dispersion[2]);
    lengths(text, "input", input);
    lengths(text, "output", output);
    if (hasClients()) {
      text.format(
          "clients %,d, the first with %.1f %%, the first tenth with %.1f %% of the requests\n",
          clients.size(), 100 * share(1), 100 * share(Math.max(1, clients.size() / 10)));
      text.format(
          "LRU hit ratio at 8 / 16 / 32 / 64 slots %.3f / %.3f / %.3f / %.3f\n",
          hitRatios[0], hitRatios[1], hitRatios[2], hitRatios[3]);
    }
    if (skipped.failures() + skipped.malformed() > 0) {
      text.format("left out %,d failures, %,d lines\n", skipped.failures(), skipped.malformed());
    }
    return text.toString();
  }

  private static void lengths(Formatter text, String what, Lengths l) {
    text.format(
        "%s tokens mean %.1f, p50 %.0f, p90 %.0f, p99 %.0f\n",
        what, l.mean(), l.p50(), l.p90(), l.p99());
  }

  private boolean hasClients() {
    return clients.size() > 1 || (clients.size() == 1 && !clients.get(0).client().isEmpty());
  }

  /** Part of the requests that the first clients have. */
  private double share(int first) {
    return clients.stream().limit(first).mapToLong(ClientShare::requests).sum() / (double) requests;
  }

  /**
   * {@return rate over time, lengths, and for traces that tell clients their shares and the LRU hit
   * ratio}
   *
   * @param title name of the trace
   */
  public Picture picture(String title) {
    List<Chart> charts = new ArrayList<>();
    charts.add(
        Chart.of(title + ": rate", Axis.linear("time, min"), Axis.linear("requests/s"))
            .with(Series.steps("", rate.minutes(), rate.ratesPerSecond())));
    double[] shares = new double[POINTS + 1];
    Arrays.setAll(shares, i -> i / (double) POINTS);
    charts.add(
        Chart.of("Lengths", Axis.logarithmic("tokens"), Axis.linear("share of requests"))
            .with(Series.line("input", inputCurve, shares))
            .with(Series.line("output", outputCurve, shares)));
    if (hasClients()) {
      double[] ranks = new double[clients.size()];
      double[] parts = new double[clients.size()];
      for (int i = 0; i < ranks.length; i++) {
        ranks[i] = i + 1;
        parts[i] = clients.get(i).requests() / (double) requests;
      }
      charts.add(
          Chart.of("Popularity", Axis.logarithmic("rank"), Axis.logarithmic("share of requests"))
              .with(Series.points("", ranks, parts)));
      List<String> names = Arrays.stream(SLOTS).mapToObj(String::valueOf).toList();
      charts.add(
          Chart.of("LRU hits", Axis.categories("slots", names), Axis.linear("ratio").between(0, 1))
              .with(Series.bars("", hitRatios)));
    }
    return Picture.of(2, charts);
  }

  /** Counts in bins of equal width, which doubles when the trace outgrows them. */
  private static final class RateOverTime {
    private static final int BINS = 240;

    private final long[] counts = new long[BINS];
    private long binPicos = SimulatedTime.PICOS_PER_SECOND;
    private long last;

    void add(long picos) {
      while (picos / binPicos >= BINS) {
        for (int i = 0; i < BINS; i++) {
          counts[i] = i < BINS / 2 ? counts[2 * i] + counts[2 * i + 1] : 0;
        }
        binPicos *= 2;
      }
      counts[(int) (picos / binPicos)]++;
      last = picos;
    }

    /** The last bin that the trace fills; one that it ends in would show a fall that is none. */
    private int complete() {
      return (int) Math.max(1, last / binPicos);
    }

    double[] minutes() {
      double[] times = new double[complete()];
      Arrays.setAll(times, i -> SimulatedTime.toSeconds(i * binPicos) / 60);
      return times;
    }

    double[] ratesPerSecond() {
      double[] rates = new double[complete()];
      Arrays.setAll(rates, i -> counts[i] / SimulatedTime.toSeconds(binPicos));
      return rates;
    }
  }
}
