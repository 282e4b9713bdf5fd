package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay.KvCache;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay.Outcome;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Replays a table of measured serving runs and prints how far the twin is from them.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.FidelityStudy \
 *     --runs FILE.csv [--leave-one-out] [--json OUT] [--kv measured] [--pictures FOLDER] \
 *     [--fit FOLDER] [--draws N]
 * </pre>
 *
 * <p>A replay sees model, adapters, adapter_slots, max_lora_rank, rates_rps, ranks, duration_s,
 * arrivals and mean_requested_*, and with {@code --kv measured} also kv_capacity_tokens; all other
 * columns are for scoring. {@code --leave-one-out} leaves out one scenario after the other (the
 * third part of the id, both models together) and then one model after the other, fits the step
 * times without it, and scores what was left out. {@code --pictures} draws predicted against
 * measured figures. {@code --fit} fits a profile for each model on all runs, writes it with its
 * provenance and its error on scenarios left out, and does nothing else. {@code --draws} says how
 * many runs lie in the intervals that the uncertainty of the profiles gives, and does nothing else.
 */
public final class FidelityStudy {
  /** The card of the published campaigns. */
  private static final String GPU = "h100-64gb-sxm";

  private FidelityStudy() {}

  /** What the command line asks for. */
  private record Options(
      Path runs,
      boolean leaveOneOut,
      @Nullable Path json,
      KvCache kvCache,
      @Nullable Path pictures,
      @Nullable Path fit,
      int draws) {}

  /**
   * Runs the study.
   *
   * @param args {@code --runs FILE.csv} and options
   * @throws IOException if a file cannot be read or written
   * @throws InterruptedException if interrupted
   * @throws ExecutionException if a fit fails
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    long before = System.nanoTime();
    Options options;
    List<MeasuredRun> runs;
    try {
      options = parse(args);
      runs = MeasuredRuns.read(options.runs());
    } catch (NoSuchFileException e) {
      System.err.println("there is no file " + e.getFile() + "; give --runs a CSV file");
      System.exit(2);
      return;
    } catch (IllegalArgumentException | MalformedInputException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    MeasuredReplay replay = MeasuredReplay.of(Gpus.named(GPU)).withKvCache(options.kvCache());
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      if (options.fit() != null) {
        new LeaveOneOut(replay, workers, System.out).fitProfiles(runs, options.fit());
        return;
      }
      if (options.draws() > 0) {
        new IntervalCoverage(replay, workers, System.out).run(runs, options.draws());
        return;
      }
      List<Replayed> all =
          options.leaveOneOut()
              ? new LeaveOneOut(replay, workers, System.out).run(runs)
              : replay(replay, runs, workers);
      double seconds = (System.nanoTime() - before) * 1e-9;
      new FidelityTable(System.out).print(all, seconds);
      if (options.json() != null) {
        FidelityJson.write(options.json(), all, seconds);
      }
      if (options.pictures() != null) {
        FidelityPictures.write(options.pictures(), all);
      }
    } finally {
      workers.shutdownNow();
    }
  }

  private static Options parse(String[] args) {
    @Nullable Path runs = null;
    @Nullable Path json = null;
    @Nullable Path pictures = null;
    @Nullable Path fit = null;
    boolean leaveOneOut = false;
    int draws = 0;
    KvCache kvCache = KvCache.COMPUTED;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--runs" -> runs = Path.of(value(args, ++i));
        case "--json" -> json = Path.of(value(args, ++i));
        case "--pictures" -> pictures = Path.of(value(args, ++i));
        case "--fit" -> fit = Path.of(value(args, ++i));
        case "--draws" -> draws = draws(value(args, ++i));
        case "--leave-one-out" -> leaveOneOut = true;
        case "--kv" -> kvCache = kvCache(value(args, ++i));
        default -> throw new IllegalArgumentException(usage("unknown option " + args[i]));
      }
    }
    if (runs == null) {
      throw new IllegalArgumentException(usage("--runs is missing"));
    }
    return new Options(runs, leaveOneOut, json, kvCache, pictures, fit, draws);
  }

  private static KvCache kvCache(String word) {
    return switch (word) {
      case "measured" -> KvCache.MEASURED;
      case "computed" -> KvCache.COMPUTED;
      default ->
          throw new IllegalArgumentException(
              usage("--kv is '" + word + "', must be measured or computed"));
    };
  }

  private static int draws(String word) {
    if (!word.matches("\\d{1,6}") || Integer.parseInt(word) < 2) {
      throw new IllegalArgumentException(
          usage("--draws is '" + word + "', must be a whole number from 2 to 999999"));
    }
    return Integer.parseInt(word);
  }

  private static String value(String[] args, int index) {
    if (index >= args.length) {
      throw new IllegalArgumentException(usage(args[index - 1] + " needs a value"));
    }
    return args[index];
  }

  private static String usage(String problem) {
    return problem
        + "\nusage: FidelityStudy --runs FILE.csv [--leave-one-out] [--json OUT] [--kv measured]"
        + " [--pictures FOLDER] [--fit FOLDER] [--draws N]";
  }

  /** Replays runs side by side; the result is in the order of the runs. */
  static List<Replayed> replay(
      MeasuredReplay replay, List<MeasuredRun> runs, ExecutorService workers)
      throws InterruptedException, ExecutionException {
    List<Future<Replayed>> pending = new ArrayList<>();
    for (MeasuredRun run : runs) {
      pending.add(workers.submit(() -> replay(replay, run)));
    }
    List<Replayed> replayed = new ArrayList<>();
    for (Future<Replayed> future : pending) {
      replayed.add(future.get());
    }
    return replayed;
  }

  private static Replayed replay(MeasuredReplay replay, MeasuredRun run) {
    try {
      boolean verdict = replay.starts(run) == run.started();
      Outcome outcome = replay.replay(run);
      return new Replayed(
          run,
          outcome,
          verdict,
          outcome instanceof Outcome.Refused refused ? refused.refusal().message() : "");
    } catch (IllegalArgumentException | IllegalStateException | ArithmeticException e) {
      // A run that cannot be replayed is an error of the twin, and scores as one.
      return new Replayed(run, null, false, String.valueOf(e.getMessage()));
    }
  }
}
