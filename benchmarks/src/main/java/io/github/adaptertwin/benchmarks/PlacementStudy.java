package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.Planner;
import io.github.adaptertwin.placement.baseline.Baselines;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import io.github.adaptertwin.placement.baseline.Problem;
import io.github.adaptertwin.placement.bound.Bounds;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.FleetSearch;
import io.github.adaptertwin.placement.pack.Fleets;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Places every scenario of a file with every algorithm and lets the twin judge the plans on the
 * rates that are served, on seeds that no planner saw, by the paper's rule: every GPU completes at
 * least 90 % of its offered tokens.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.PlacementStudy \
 *     --scenarios FILE.jsonl [--outcomes FILE.csv] [--algorithms LIST] [--csv OUT]
 *     [--objective lowest-latency] [--threads N]
 * </pre>
 *
 * <p>With {@code --objective lowest-latency} all GPUs of each scenario are used, and the latency is
 * compared with that of the balancers of the same aim.
 */
public final class PlacementStudy {
  /** The name of our algorithm in tables and in {@code --algorithms}. */
  static final String OURS = "adaptertwin";

  private static final long PLANNING_SEED = 1;
  private static final double LEAST_SHARE = 0.9;
  static final EngineVersion VERSION = EngineVersion.VLLM_0_8_5;
  static final List<FeasibilityRule> PAPER_RULE = List.of(FeasibilityRule.THROUGHPUT_90);

  private static final List<Integer> DEFAULT_SLOTS =
      Arrays.stream(PlacementOptions.defaults().slotsGrid()).boxed().toList();

  private static final List<String> KNOWN =
      List.of("--scenarios", "--outcomes", "--algorithms", "--csv", "--objective", "--threads");

  private final Map<String, Planner> planners = new ConcurrentHashMap<>();
  private final Map<String, SteadyState> models = new ConcurrentHashMap<>();

  private PlacementStudy() {}

  /**
   * Runs the study.
   *
   * @param args see the class
   * @throws IOException if a file cannot be read or written
   * @throws InterruptedException if interrupted
   * @throws ExecutionException if a scenario fails
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    Options options = Options.parse(KNOWN, args);
    if (!options.has("--scenarios")) {
      System.err.println(
          "usage: PlacementStudy --scenarios FILE.jsonl [--outcomes FILE.csv]"
              + " [--algorithms LIST] [--csv OUT] [--objective lowest-latency] [--threads N]");
      System.exit(2);
    }
    List<PlacementScenario> scenarios = PlacementScenario.read(options.path("--scenarios"));
    PublishedOutcomes published =
        options.has("--outcomes")
            ? PublishedOutcomes.read(options.path("--outcomes"))
            : PublishedOutcomes.NONE;
    List<String> algorithms = algorithms(options.text("--algorithms"));
    int threads = options.number("--threads", Runtime.getRuntime().availableProcessors());
    String csv = options.text("--csv");
    String objective = options.text("--objective");
    if (objective != null) {
      if (!objective.equals("lowest-latency")) {
        throw new IllegalArgumentException(
            "objective is '" + objective + "', may be lowest-latency");
      }
      new LatencyStudy(new PlacementStudy()).run(scenarios, threads, csv);
      return;
    }
    List<ScenarioResult> results =
        new PlacementStudy().run(scenarios, algorithms, published, threads);
    StudyTable table = new StudyTable(results);
    if (csv != null) {
      table.writeCsv(Path.of(csv));
    }
    table.print(new PrintStream(System.out, true, StandardCharsets.UTF_8));
  }

  private static List<String> algorithms(@Nullable String list) {
    if (list != null) {
      List<String> chosen = Arrays.asList(list.split(",", -1));
      chosen.stream().filter(name -> !name.equals(OURS)).forEach(Baselines::named);
      return chosen;
    }
    List<String> all = new ArrayList<>();
    Baselines.all().forEach(a -> all.add(a.name()));
    all.add(OURS);
    return all;
  }

  /**
   * All that is known of a scenario.
   *
   * @param scenario the scenario
   * @param rows by algorithm
   * @param plan ours, null without one
   * @param defaultRuleGpus GPUs that ours needs under the default rules, 0 if there is no plan
   * @param reference GPUs of the reference, 0 without one
   * @param refuted whether the twin shows that the reference's number of GPUs does not do
   * @param loadOverBound largest load of a GPU of ours that the twin sustains, in GPUs of the
   *     optimistic capacity: above 1 the bound would not hold
   */
  record ScenarioResult(
      PlacementScenario scenario,
      Map<String, JudgedPlan> rows,
      @Nullable Placement plan,
      int defaultRuleGpus,
      int reference,
      boolean refuted,
      double loadOverBound) {}

  private List<ScenarioResult> run(
      List<PlacementScenario> scenarios,
      List<String> algorithms,
      PublishedOutcomes published,
      int threads)
      throws InterruptedException, ExecutionException {
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<ScenarioResult>> pending = new ArrayList<>();
      for (PlacementScenario scenario : scenarios) {
        int reference = published.reference(scenario.id);
        pending.add(workers.submit(() -> study(scenario, algorithms, reference)));
      }
      List<ScenarioResult> results = new ArrayList<>();
      for (Future<ScenarioResult> future : pending) {
        results.add(future.get());
        if (results.size() % 10 == 0) {
          System.err.printf(Locale.ROOT, "%d of %d scenarios%n", results.size(), scenarios.size());
        }
      }
      return results;
    } finally {
      workers.shutdown();
    }
  }

  private ScenarioResult study(PlacementScenario scenario, List<String> algorithms, int reference) {
    Map<String, JudgedPlan> rows = new LinkedHashMap<>();
    Placement plan = null;
    int defaultRuleGpus = 0;
    boolean refuted = false;
    double loadOverBound = 0;
    for (String name : algorithms) {
      if (!name.equals(OURS)) {
        rows.put(name, baseline(scenario, Baselines.named(name)));
        continue;
      }
      long before = System.nanoTime();
      PlacementResult result =
          planner(scenario, Objective.FEWEST_GPUS, PAPER_RULE)
              .place(scenario.planned, pool(scenario));
      double millis = (System.nanoTime() - before) * 1e-6;
      if (result instanceof Placement placement) {
        plan = placement;
        rows.put(name, JudgedPlan.of(scenario, name, gpusOf(scenario, placement), millis));
      } else {
        rows.put(name, JudgedPlan.none(name, "X", ((Infeasible) result).message(), millis));
      }
      JudgedPlan mine = rows.get(name);
      if (plan != null && mine != null && mine.solved()) {
        loadOverBound = loadOverBound(scenario, plan);
      }
      PlacementResult byDefault =
          planner(scenario, Objective.FEWEST_GPUS, PlacementOptions.defaults().rules())
              .place(scenario.planned, pool(scenario));
      defaultRuleGpus = byDefault instanceof Placement p ? p.gpus().size() : 0;
      if (reference > 0 && (plan == null || plan.gpus().size() > reference)) {
        refuted = refutes(scenario, reference, plan);
      }
    }
    return new ScenarioResult(
        scenario, rows, plan, defaultRuleGpus, reference, refuted, loadOverBound);
  }

  private double loadOverBound(PlacementScenario scenario, Placement plan) {
    double most = 0;
    for (GpuLoad gpu : plan.gpus()) {
      Workload load =
          scenario.planned.restrictedTo(
              GpuTraffic.of(scenario.planned, gpu.parts()).scaledTraffic());
      double use = Bounds.use(load, model(scenario), VERSION, DEFAULT_SLOTS, Bounds.MOST_EXCESS);
      most = Math.max(most, use);
    }
    return most;
  }

  static GpuPool pool(PlacementScenario scenario) {
    return GpuPool.of(Gpus.named(scenario.gpu), scenario.gpusAvailable);
  }

  /** The engine of the published campaign: 2048 sequences, the model's whole context. */
  Planner planner(PlacementScenario scenario, Objective objective, List<FeasibilityRule> rules) {
    ModelSpec model = Models.named(scenario.planned.baseModel());
    return planners.computeIfAbsent(
        objective + "/" + rules + "/" + model.name(),
        k ->
            Placer.with(
                PlacementOptions.builder()
                    .objective(objective)
                    .rules(rules)
                    .seed(PLANNING_SEED)
                    .maxNumSeqs(2048)
                    .maxNumBatchedTokens(2048)
                    .maxModelLen(model.maxContext())
                    .build()));
  }

  private SteadyState model(PlacementScenario scenario) {
    ModelSpec model = Models.named(scenario.planned.baseModel());
    GpuSpec gpu = Gpus.named(scenario.gpu);
    return models.computeIfAbsent(
        gpu.name() + "/" + model.name(),
        k ->
            planner(scenario, Objective.FEWEST_GPUS, PAPER_RULE)
                .steadyState(scenario.planned, gpu));
  }

  JudgedPlan baseline(PlacementScenario scenario, PlacementAlgorithm algorithm) {
    long before = System.nanoTime();
    PlacementAlgorithm.Outcome outcome =
        algorithm.place(
            new Problem(
                scenario.planned, model(scenario), VERSION, scenario.gpusAvailable, PLANNING_SEED));
    double millis = (System.nanoTime() - before) * 1e-6;
    if (outcome instanceof PlacementAlgorithm.Outcome.GaveUp gaveUp) {
      String code = gaveUp.reason().startsWith("does not terminate") ? "T" : "X";
      return JudgedPlan.none(algorithm.name(), code, gaveUp.reason(), millis);
    }
    return JudgedPlan.of(
        scenario, algorithm.name(), ((PlacementAlgorithm.Outcome.Placed) outcome).gpus(), millis);
  }

  static List<PlannedGpu> gpusOf(PlacementScenario scenario, Placement plan) {
    List<PlannedGpu> gpus = new ArrayList<>();
    for (GpuLoad load : plan.gpus()) {
      gpus.add(
          new PlannedGpu(load.gpu(), GpuTraffic.of(scenario.planned, load.parts()), load.flags()));
    }
    return gpus;
  }

  /**
   * Whether the twin shows that so many GPUs do not do: on each of three seeds of its own, without
   * any margin, the search finds no split whose GPUs all pass; or the lower bound says so.
   */
  private boolean refutes(PlacementScenario scenario, int gpus, @Nullable Placement plan) {
    if (plan != null && plan.bound().gpus() > gpus) {
      return true;
    }
    ModelSpec model = Models.named(scenario.planned.baseModel());
    for (int seed = 0; seed < 3; seed++) {
      FleetSearch.Setup setup =
          new FleetSearch.Setup(
              List.of(model(scenario)),
              VERSION,
              DEFAULT_SLOTS,
              1.08,
              new TwinOracle(model, Calibration.shipped(VERSION), PAPER_RULE, 77_000 + seed, 0),
              LEAST_SHARE,
              gpus,
              true,
              new HostMemory(model, Long.MAX_VALUE));
      PackResult result =
          new FleetSearch(scenario.planned, setup, new Effort(400, 200_000, () -> {}))
              .pack(Fleets.ofOneKind(gpus));
      if (result instanceof PackResult.Packed) {
        return false;
      }
    }
    return true;
  }
}
