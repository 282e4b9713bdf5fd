package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

/**
 * Replays a table of measured serving runs and prints how far the twin is from them.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.FidelityStudy \
 *     --runs serving-runs.csv
 * </pre>
 */
public final class FidelityStudy {
  private static final long SEED = 1;

  private FidelityStudy() {}

  /** A run and what the twin made of it. */
  private record Replayed(MeasuredRun run, ServingTwin.Outcome outcome) {
    ReplicaReport report() {
      return ((ServingTwin.Outcome.Served) outcome).report();
    }

    boolean bothStarted() {
      return run.started() && outcome instanceof ServingTwin.Outcome.Served;
    }

    /** PAPER's load regime of the measured run. */
    String regime() {
      double share = run.throughputTokensPerSecond() / run.idealThroughputTokensPerSecond();
      return share >= 0.9 ? "sustained" : share >= 0.5 ? "starved" : "heavily starved";
    }
  }

  /**
   * Runs the study.
   *
   * @param args {@code --runs FILE.csv}
   * @throws IOException if the file cannot be read
   * @throws InterruptedException if interrupted
   * @throws ExecutionException if a replay fails
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    if (args.length != 2 || !args[0].equals("--runs")) {
      System.err.println("usage: FidelityStudy --runs FILE.csv");
      System.exit(2);
    }
    long before = System.nanoTime();
    List<Replayed> replayed = replay(MeasuredRuns.read(Path.of(args[1])));
    print(System.out, replayed, (System.nanoTime() - before) * 1e-9);
  }

  private static List<Replayed> replay(List<MeasuredRun> runs)
      throws InterruptedException, ExecutionException {
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Replayed>> pending = new ArrayList<>();
      for (MeasuredRun run : runs) {
        pending.add(
            workers.submit(
                () ->
                    new Replayed(
                        run, MeasuredReplay.replay(run, Gpus.named("h100-64gb-sxm"), SEED))));
      }
      List<Replayed> replayed = new ArrayList<>();
      for (Future<Replayed> future : pending) {
        replayed.add(future.get());
      }
      return replayed;
    } finally {
      workers.shutdown();
    }
  }

  private static void print(PrintStream out, List<Replayed> all, double seconds) {
    List<Replayed> served = all.stream().filter(Replayed::bothStarted).toList();
    TreeMap<String, List<Replayed>> groups = new TreeMap<>();
    for (Replayed r : served) {
      groups.computeIfAbsent(r.run().model() + ", " + r.regime(), k -> new ArrayList<>()).add(r);
    }
    out.printf("%-40s %5s %10s %6s %6s%n", "smape_paper", "runs", "throughput", "ITL", "TTFT");
    groups.forEach((name, rows) -> row(out, name, rows));
    row(out, "all", served);
    long starvedAgree =
        served.stream()
            .filter(
                r ->
                    r.report().starved()
                        == (r.run().throughputTokensPerSecond()
                            < 0.9 * r.run().idealThroughputTokensPerSecond()))
            .count();
    long memoryAgree =
        all.stream()
            .filter(r -> r.run().started() == (r.outcome() instanceof ServingTwin.Outcome.Served))
            .count();
    out.printf(
        Locale.ROOT,
        "runs=%d smape_paper throughput=%.2f itl=%.2f ttft_completed=%.2f starved_agreement=%.4f"
            + " memory_verdicts=%.4f seconds=%.1f%n",
        all.size(),
        throughput(served),
        itl(served),
        ttft(served),
        starvedAgree / (double) served.size(),
        memoryAgree / (double) all.size(),
        seconds);
  }

  private static void row(PrintStream out, String name, List<Replayed> rows) {
    out.printf(
        Locale.ROOT,
        "%-40s %5d %10.2f %6.2f %6.2f%n",
        name,
        rows.size(),
        throughput(rows),
        itl(rows),
        ttft(rows));
  }

  private static double throughput(List<Replayed> rows) {
    return error(
        rows,
        r -> r.run().throughputTokensPerSecond(),
        r -> r.report().throughputTokensPerSecond());
  }

  private static double itl(List<Replayed> rows) {
    return error(rows, r -> r.run().meanItlMillis(), r -> 1e3 * r.report().itl().mean());
  }

  private static double ttft(List<Replayed> rows) {
    return error(rows, r -> r.run().meanTtftMillis(), r -> 1e3 * r.report().ttft().mean());
  }

  private static double error(
      List<Replayed> rows, ToDoubleFunction<Replayed> truth, ToDoubleFunction<Replayed> twin) {
    return Errors.smapePaper(
        rows.stream().mapToDouble(truth).toArray(), rows.stream().mapToDouble(twin).toArray());
  }
}
