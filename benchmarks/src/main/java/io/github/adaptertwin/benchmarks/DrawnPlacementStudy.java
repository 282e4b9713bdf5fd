package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.Evaluation;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Places workloads that are drawn at random, far from those of the published campaign: other cards
 * and base models, 1 to 1,000 adapters of ranks 8 to 128, popularity from even to Zipf, arrivals
 * that are Poisson, bursty or switch between two rates, short and long prompts, requests to the
 * base model, and other rules. Every plan is judged on another seed over a horizon three times as
 * long; each that breaks a rule is listed with the figures.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.DrawnPlacementStudy \
 *     [--from N] [--count N]
 * </pre>
 */
public final class DrawnPlacementStudy {
  private static final long JUDGING_SEED = 90_210;
  private static final int MOST_GPUS = 12;
  private static final double LONGER = 3;

  private static final List<String> CARDS =
      List.of(
          "a100-40gb-sxm",
          "a100-80gb-sxm",
          "h100-80gb-sxm",
          "h100-64gb-sxm",
          "h200-141gb-sxm",
          "l40s-48gb-pcie");

  private static final List<String> MODELS =
      List.of("llama-3.1-8b", "qwen2.5-7b", "llama-3.2-3b", "mistral-7b-v0.3", "qwen2.5-14b");

  private static final int[] RANKS = {8, 16, 32, 64, 128};

  /** Input and output tokens; the first stand for what chats ask, the next for documents. */
  private static final List<LengthLaw> LENGTHS =
      List.of(
          TruncatedGammaPair.shareGpt(196.5).pool(),
          new FixedLengths(250, 230),
          new FixedLengths(3_000, 150),
          new FixedLengths(60, 40),
          new FixedLengths(500, 900));

  private DrawnPlacementStudy() {}

  /** One workload with the card and the rules that it is placed by. */
  private record Drawn(
      long seed, String words, GpuSpec gpu, Workload workload, List<FeasibilityRule> rules) {}

  /**
   * Runs the study.
   *
   * @param args see the class
   */
  public static void main(String[] args) {
    Options options = Options.parse(List.of("--from", "--count"), args);
    int from = options.number("--from", 0);
    int count = options.number("--count", 200);
    int plans = 0;
    int gpus = 0;
    int broken = 0;
    int brokenGpus = 0;
    double gaps = 0;
    double most = 0;
    for (int seed = from; seed < from + count; seed++) {
      Drawn drawn = draw(seed);
      long before = System.nanoTime();
      PlacementResult result =
          Placer.with(PlacementOptions.builder().rules(drawn.rules).build())
              .place(drawn.workload, GpuPool.of(drawn.gpu, MOST_GPUS));
      double seconds = (System.nanoTime() - before) * 1e-9;
      most = Math.max(most, seconds);
      if (!(result instanceof Placement plan)) {
        System.out.printf(
            Locale.ROOT,
            "%d %s: no plan, %.1f s, %s%n",
            seed,
            drawn.words,
            seconds,
            ((Infeasible) result).message());
        continue;
      }
      plans++;
      gpus += plan.gpus().size();
      gaps += plan.gap();
      Evaluation judged = judge(drawn, plan);
      if (!judged.feasible()) {
        broken++;
        brokenGpus +=
            (int)
                judged.complaints().stream()
                    .map(c -> c.substring(0, c.indexOf(':')))
                    .distinct()
                    .count();
      }
      System.out.printf(
          Locale.ROOT,
          "%d %s: %d GPUs, bound %d, %.1f s, least share %.4f%s%s%n",
          seed,
          drawn.words,
          plan.gpus().size(),
          plan.bound().gpus(),
          seconds,
          leastShare(judged),
          plan.truncated() ? ", truncated" : "",
          judged.feasible() ? "" : " BROKEN " + judged.complaints());
    }
    System.out.printf(
        Locale.ROOT,
        "workloads=%d plans=%d gpus=%d broken_plans=%d broken_gpus=%d mean_gap=%.4f"
            + " place_s_max=%.1f%n",
        count,
        plans,
        gpus,
        broken,
        brokenGpus,
        gaps / plans,
        most);
  }

  private static Evaluation judge(Drawn drawn, Placement plan) {
    Workload longer =
        workload(
            drawn.workload.baseModel(),
            drawn.workload.adapters(),
            drawn.workload.lengths(),
            LONGER * Math.max(600, drawn.workload.horizonSeconds()),
            drawn.workload.baseModelArrivals().map(ArrivalLaw::ratePerSecond).orElse(0.0));
    return Placer.with(PlacementOptions.builder().rules(drawn.rules).seed(JUDGING_SEED).build())
        .evaluate(plan, longer);
  }

  private static double leastShare(Evaluation judged) {
    return judged.placement().gpus().stream()
        .map(GpuLoad::verified)
        .mapToDouble(v -> v.completedShare().mean())
        .min()
        .orElse(1);
  }

  private static Drawn draw(long seed) {
    RandomStream draws = new RandomStreams(seed).stream("drawn-placement", 0);
    GpuSpec gpu = Gpus.named(CARDS.get(draws.nextInt(CARDS.size())));
    ModelSpec model = Models.named(MODELS.get(draws.nextInt(MODELS.size())));
    LengthLaw lengths = LENGTHS.get(draws.nextInt(LENGTHS.size()));
    int count = (int) StrictMath.exp(draws.nextDouble() * StrictMath.log(1_000));
    double power = 1.4 * draws.nextDouble();
    int ranks = 1 + draws.nextInt(RANKS.length);
    int arrivals = draws.nextInt(4);
    double rate = rate(draws, gpu, model, lengths);
    double base = draws.nextInt(4) == 0 ? rate * draws.nextDouble() : 0;
    double horizon = 300 + 3_300 * draws.nextDouble();
    double sum = 0;
    for (int a = 0; a < count; a++) {
      sum += StrictMath.pow(a + 1.0, -power);
    }
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      LoraAdapter adapter = new LoraAdapter("a" + a, RANKS[draws.nextInt(ranks)]);
      double own = rate / sum * StrictMath.pow(a + 1.0, -power);
      adapters.add(new AdapterTraffic(adapter, law(arrivals, own)));
    }
    List<List<FeasibilityRule>> rules =
        List.of(
            PlacementStudy.PAPER_RULE,
            PlacementOptions.defaults().rules(),
            List.of(FeasibilityRule.THROUGHPUT_90, new FeasibilityRule.TtftBound(95, 2)));
    int rule = draws.nextInt(rules.size());
    String words =
        String.format(
            Locale.ROOT,
            "%s %s adapters=%d rank<=%d zipf=%.2f %s rate=%.2f base=%.2f tokens=%.0f+%.0f"
                + " horizon=%.0f rule=%d",
            gpu.name(),
            model.name(),
            count,
            RANKS[ranks - 1],
            power,
            List.of("poisson", "cv2", "cv3", "mmpp").get(arrivals),
            rate,
            base,
            lengths.meanInputTokens(),
            lengths.meanOutputTokens(),
            horizon,
            rule);
    return new Drawn(
        seed,
        words,
        gpu,
        workload(model.name(), adapters, lengths, horizon, base),
        rules.get(rule));
  }

  /** Requests per second of about a tenth of a GPU to five, by what it reads and computes. */
  private static double rate(RandomStream draws, GpuSpec gpu, ModelSpec model, LengthLaw lengths) {
    double weights = model.weightBytes() / 16e9;
    double bandwidth = gpu.bandwidthBytesPerSecond() / 3.3e12;
    double seconds = 0.018 * lengths.meanOutputTokens() / 100 + 3.5e-5 * lengths.meanInputTokens();
    double gpus = StrictMath.exp(StrictMath.log(0.1) + draws.nextDouble() * StrictMath.log(50));
    return 0.8 * gpus * bandwidth / weights / seconds;
  }

  private static ArrivalLaw law(int kind, double rate) {
    return switch (kind) {
      case 0 -> ArrivalLaw.poisson(rate);
      case 1 -> ArrivalLaw.gamma(rate, 2);
      case 2 -> ArrivalLaw.gamma(rate, 3);
      default -> new MmppArrivals(1.6 * rate, 0.4 * rate, 30, 30);
    };
  }

  private static Workload workload(
      String model,
      List<AdapterTraffic> adapters,
      LengthLaw lengths,
      double horizonSeconds,
      double baseRatePerSecond) {
    Workload workload = Workload.of(model, adapters, lengths, horizonSeconds);
    return baseRatePerSecond == 0
        ? workload
        : workload.withBaseModelRequests(ArrivalLaw.poisson(baseRatePerSecond));
  }
}
