package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Picture;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.ArrivalStatistics;
import io.github.adaptertwin.workload.arrival.ArrivalStream;
import io.github.adaptertwin.workload.arrival.BurstArrivals;
import io.github.adaptertwin.workload.arrival.DriftingArrivals;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.SessionArrivals;
import io.github.adaptertwin.workload.arrival.SwitchingArrivals;
import io.github.adaptertwin.workload.arrival.UnpredictableArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.popularity.Popularity;
import io.github.adaptertwin.workload.session.LruHitRatios;
import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.TraceCursor;
import io.github.adaptertwin.workload.trace.TraceSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Draws the pictures of {@code docs/workloads.md}.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.WorkloadPictures \
 *     docs ../shared/traces
 * </pre>
 */
public final class WorkloadPictures {
  private static final RandomStreams STREAMS = new RandomStreams(1);
  private static final double[] WINDOWS = {.1, .2, .5, 1, 2, 5, 10, 20, 50, 100, 200};
  private static final BurstArrivals AZURE_CODE =
      new BurstArrivals(3.29, 1.42, new GammaGaps(0.092, 1.41), new LognormalGaps(1.71, 1.47));
  private static final MmppArrivals AZURE_CONVERSATION = new MmppArrivals(4.62, 7.00, 122, 75);

  private WorkloadPictures() {}

  /**
   * Draws.
   *
   * @param args folder to write to and folder of the public traces
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: WorkloadPictures FOLDER TRACES");
      System.exit(2);
    }
    Path folder = Path.of(args[0]);
    Path traces = Path.of(args[1]);
    Trace code = Trace.of(traces.resolve("azure-llm-2023-code.csv.gz"));
    Trace conversation = Trace.of(traces.resolve("azure-llm-2023-conv.csv.gz"));
    Picture.of(2, List.of(laws(), azure(code, conversation)))
        .write(folder.resolve("workload-dispersion.svg"));
    Picture.of(2, List.of(locality(), popularity())).write(folder.resolve("workload-locality.svg"));
    unpredictable().write(folder.resolve("workload-unpredictable.svg"));
    TraceSummary.of(conversation)
        .picture("Azure conversation 2023")
        .write(folder.resolve("workload-trace.svg"));
    for (Trace trace : List.of(code, conversation)) {
      System.out.println(TraceSummary.of(trace).toText());
    }
  }

  private static double[] closedForm(ArrivalLaw law) {
    return Arrays.stream(WINDOWS).map(law::indexOfDispersion).toArray();
  }

  private static double[] measured(ArrivalLaw law, double seconds) {
    ArrivalStatistics statistics = new ArrivalStatistics(WINDOWS);
    ArrivalStream stream = law.open(STREAMS, "picture", 0);
    long end = SimulatedTime.toPicos(seconds);
    for (long time = stream.nextPicos(); time < end; time = stream.nextPicos()) {
      statistics.add(time);
    }
    return dispersion(statistics);
  }

  private static double[] measured(Trace trace) throws IOException {
    ArrivalStatistics statistics = new ArrivalStatistics(WINDOWS);
    try (TraceCursor cursor = trace.open()) {
      while (cursor.advance()) {
        statistics.add(cursor.arrivalPicos());
      }
    }
    return dispersion(statistics);
  }

  private static double[] dispersion(ArrivalStatistics statistics) {
    double[] values = new double[WINDOWS.length];
    Arrays.setAll(values, statistics::indexOfDispersion);
    return values;
  }

  /** Formulas as lines, streams of 2,000,000 s as points. */
  private static Chart laws() {
    Chart chart =
        Chart.of(
            "Formula (line) and stream (points), 5 requests/s",
            Axis.logarithmic("window, s"),
            Axis.logarithmic("index of dispersion"));
    double seconds = 2e6;
    List<ArrivalLaw> laws =
        List.of(
            ArrivalLaw.poisson(5),
            ArrivalLaw.gamma(5, 3),
            ArrivalLaw.weibull(5, 0.5),
            new MmppArrivals(2.5, 10, 120, 60),
            new DriftingArrivals(5, 0.3, 0.9, 300));
    List<String> names = List.of("Poisson", "Gamma CV 3", "Weibull .5", "MMPP-2", "drift");
    for (int i = 0; i < laws.size(); i++) {
      chart = chart.with(Series.points(names.get(i), WINDOWS, measured(laws.get(i), seconds)));
    }
    // Lines come in the order and so in the colours of points: eight colours, five laws, three
    // more.
    for (int i = 0; i < 3; i++) {
      chart = chart.with(Series.line("", new double[] {Double.NaN}, new double[] {Double.NaN}));
    }
    for (ArrivalLaw law : laws) {
      double[] dense = new double[100];
      Arrays.setAll(dense, i -> 0.1 * StrictMath.pow(2000, i / 99.0));
      double[] values = Arrays.stream(dense).map(law::indexOfDispersion).toArray();
      chart = chart.with(Series.line("", dense, values));
    }
    return chart;
  }

  private static Chart azure(Trace code, Trace conversation) throws IOException {
    double hour = 3438;
    double[][] hours = new double[40][];
    for (int r = 0; r < hours.length; r++) {
      ArrivalStatistics statistics = new ArrivalStatistics(WINDOWS);
      ArrivalStream stream = AZURE_CODE.open(STREAMS, "hour", r);
      long end = SimulatedTime.toPicos(hour);
      for (long time = stream.nextPicos(); time < end; time = stream.nextPicos()) {
        statistics.add(time);
      }
      hours[r] = dispersion(statistics);
    }
    double[] mean = new double[WINDOWS.length];
    double[] low = new double[WINDOWS.length];
    double[] high = new double[WINDOWS.length];
    for (int w = 0; w < WINDOWS.length; w++) {
      int window = w;
      double[] sorted = Arrays.stream(hours).mapToDouble(h -> h[window]).sorted().toArray();
      mean[w] = Arrays.stream(sorted).average().orElse(Double.NaN);
      low[w] = sorted[hours.length / 20];
      high[w] = sorted[hours.length - 1 - hours.length / 20];
    }
    return Chart.of(
            "Azure 2023: an hour measured, and laws",
            Axis.logarithmic("window, s"),
            Axis.logarithmic("index of dispersion"))
        .with(Series.line("bursts, hours of the law (90 %)", WINDOWS, mean).withRange(low, high))
        .with(Series.line("MMPP-2, formula", WINDOWS, closedForm(AZURE_CONVERSATION)))
        .with(Series.points("code trace", WINDOWS, measured(code)))
        .with(Series.points("conversation trace", WINDOWS, measured(conversation)))
        .with(Series.line("Poisson", new double[] {0.1, 200}, new double[] {1, 1}).dashed());
  }

  private static double[] hitRatios(ArrivalLaw law) {
    Workload workload =
        Workload.of(
            "llama-3.1-8b-instruct",
            AdapterTraffic.shared("u", 874, List.of(8), new Popularity.ZipfLaw(0.92), law),
            new FixedLengths(1, 1),
            9e6);
    LruHitRatios ratios = new LruHitRatios(8, 16, 32, 64);
    RequestCursor cursor = workload.source(3, 0).open();
    for (int i = 0; i < 60_000; i++, cursor.advance()) {
      ratios.add(cursor.adapter());
    }
    return ratios.ratios();
  }

  private static Chart locality() {
    double[] sessions =
        hitRatios(
            SessionArrivals.of(
                0.02, 0.79, LognormalGaps.ofMedian(123, 1), 0.125, LognormalGaps.ofMedian(600, 1)));
    double[] independent = hitRatios(ArrivalLaw.poisson(0.02));
    System.out.println(
        "hits: sessions " + Arrays.toString(sessions) + " alone " + Arrays.toString(independent));
    return Chart.of(
            "LRU hit ratio, 874 adapters",
            Axis.categories("adapter slots", List.of("8", "16", "32", "64")),
            Axis.linear("ratio").between(0, 1))
        .with(Series.bars("production", .83, .86, .88, .90))
        .with(Series.bars("sessions", sessions))
        .with(Series.bars("production, shuffled", .10, .18, .29, .43))
        .with(Series.bars("independent", independent));
  }

  private static Chart popularity() {
    int n = 100;
    double[] ranks = new double[n];
    Arrays.setAll(ranks, i -> i + 1.0);
    double[] dirichlet = new Popularity.Dirichlet(0.5, 1).shares(n);
    Arrays.sort(dirichlet);
    double[] falling = new double[n];
    Arrays.setAll(falling, i -> Math.max(1e-5, dirichlet[n - 1 - i]));
    double[] geometric = new Popularity.Geometric(1.5).shares(n);
    Arrays.setAll(geometric, i -> geometric[i] < 1e-5 ? Double.NaN : geometric[i]);
    return Chart.of(
            "Popularity of 100 adapters, each law under its name",
            Axis.logarithmic("rank"),
            Axis.logarithmic("share of requests").between(1e-5, 1))
        .with(Series.line("Zipf .92", ranks, new Popularity.ZipfLaw(0.92).shares(n)))
        .with(Series.line("geometric 1.5", ranks, geometric))
        .with(Series.line("power of the CDF .5", ranks, new Popularity.PowerCdf(0.5).shares(n)))
        .with(Series.line("Dirichlet .5", ranks, falling));
  }

  private static Chart unpredictable() {
    double[] nominal = {1.6, .8, .4, .2, .1, .05, .025, .0125};
    double[] published = new double[nominal.length];
    double[] kept = new double[nominal.length];
    for (int i = 0; i < nominal.length; i++) {
      published[i] = rateOfHours(new UnpredictableArrivals(nominal[i]));
      kept[i] = rateOfHours(new SwitchingArrivals(nominal[i], 1));
    }
    return Chart.of(
            "Unpredictable arrivals: nominal rate and rate of the first hour",
            Axis.logarithmic("nominal, requests/s"),
            Axis.logarithmic("mean over 1,000 hours, requests/s"))
        .with(Series.line("as published", nominal, published))
        .with(Series.line("with the rate kept", nominal, kept));
  }

  private static double rateOfHours(ArrivalLaw law) {
    int hours = 1000;
    long end = SimulatedTime.toPicos(3600);
    long count = 0;
    for (int r = 0; r < hours; r++) {
      ArrivalStream stream = law.open(STREAMS, "rate", r);
      for (long time = stream.nextPicos(); time < end; time = stream.nextPicos()) {
        count++;
      }
    }
    return count / 3600.0 / hours;
  }
}
