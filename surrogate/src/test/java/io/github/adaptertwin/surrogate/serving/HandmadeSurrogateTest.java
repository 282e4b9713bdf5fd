package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.evaluation.Confusion;
import io.github.adaptertwin.surrogate.model.ModelFile;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A surrogate whose trees say the same of every load, so that its figures are known. */
class HandmadeSurrogateTest {
  private static final List<String> NAMES = ServingFeatures.names();
  private static final int OFFERED = ServingFeatures.index(ServingFeatures.OFFERED);
  private static final int CAPACITY = ServingFeatures.index(ServingFeatures.FLUID_CAPACITY);
  private static final int UTILISATION = ServingFeatures.index(ServingFeatures.UTILISATION);
  private static final int STEP = ServingFeatures.index(ServingFeatures.FLUID_STEP);

  private static RegressionTree leaf(double value) {
    return RegressionTree.ofNodes(
        NAMES, new int[] {-1}, new double[1], new int[1], new int[1], new double[] {value});
  }

  private static RegressionTree step(double below, double above, double utilisation) {
    return RegressionTree.ofNodes(
        NAMES,
        new int[] {UTILISATION, -1, -1},
        new double[] {utilisation, 0, 0},
        new int[] {1, 0, 0},
        new int[] {2, 0, 0},
        new double[] {0, below, above});
  }

  private static TreeEnsemble ensemble(RegressionTree tree) {
    return new TreeEnsemble(NAMES, List.of(tree), 0, TreeEnsemble.Link.IDENTITY);
  }

  /** What goes into a file; changed by tests before it is read. */
  private static final class Content {
    private final Map<String, String> words =
        new HashMap<>(
            Map.of("gpu", "h100-80gb-sxm", "model", "llama-3.1-8b", "engine", "VLLM_0_8_5"));
    private final Map<String, Regressor> models = new HashMap<>();
    private final Map<String, double[]> numbers = new HashMap<>();

    Content() {
      put("throughput", Math.log(0.5));
      put("throughput_p05", Math.log(0.25));
      put("throughput_p95", Math.log(0.75));
      put("itl", Math.log(2));
      put("ttft", Math.log(3));
      put("starved", 0.7);
      models.put("small_starved", leaf(0.3));
      models.put("small_throughput", leaf(0));
      double[] most = new double[NAMES.size()];
      Arrays.fill(most, 1000);
      numbers.put("least", new double[NAMES.size()]);
      numbers.put("most", most);
      numbers.put(ServingSurrogate.BLEND, new double[] {0.1, 2, 0});
    }

    final void put(String figure, double value) {
      models.put(figure, ensemble(leaf(value)));
      models.put("small_" + figure, leaf(value));
    }

    ServingSurrogate surrogate() {
      return ServingSurrogate.of("by hand", new ModelFile(words, models, numbers));
    }

    void assertRefused(String message) {
      MalformedInputException refused =
          assertThrows(MalformedInputException.class, this::surrogate);
      assertTrue(
          refused.getMessage().startsWith("by hand: " + message), () -> refused.getMessage());
    }
  }

  private static double[] load(double offered, double capacity) {
    double[] row = new double[NAMES.size()];
    row[OFFERED] = offered;
    row[CAPACITY] = capacity;
    row[STEP] = 0.02;
    return row;
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void an_estimate_is_as_by_hand() {
    ServingSurrogate.Estimate e = new Content().surrogate().estimate(load(1000, 800));
    assertEquals(400, e.throughputTokensPerSecond(), 1e-9);
    assertEquals(200, e.throughputLow(), 1e-9);
    assertEquals(600, e.throughputHigh(), 1e-9);
    assertEquals(0.4, e.completedShare(), 1e-12);
    assertEquals(0.04, e.meanItlSeconds(), 1e-12);
    assertEquals(3, e.meanTtftSeconds(), 1e-12);
    assertEquals(logistic(0.1 + 2 * 0.7), e.starvedProbability(), 1e-12);
    assertTrue(e.insideTraining());
    assertTrue(e.starved());
  }

  @Test
  void small_trees_say_a_probability_by_themselves() {
    ServingSurrogate.Estimate e = new Content().surrogate().small().estimate(load(1000, 800));
    assertEquals(800, e.throughputTokensPerSecond(), 1e-9);
    assertEquals(0.3, e.starvedProbability());
    assertFalse(e.starved());
    // Never more than is offered, whatever is predicted; and the ends never cross.
    ServingSurrogate.Estimate few = new Content().surrogate().small().estimate(load(100, 800));
    assertEquals(100, few.throughputTokensPerSecond(), 1e-9);
    assertEquals(1, few.completedShare(), 1e-12);
    assertEquals(25, few.throughputLow(), 1e-9);
    assertEquals(100, few.throughputHigh(), 1e-9);
  }

  @Test
  void a_probability_of_one_half_counts_as_starving() {
    assertTrue(new ServingSurrogate.Estimate(1, 1, 1, 1, 1, 1, 0.5, true).starved());
    assertFalse(
        new ServingSurrogate.Estimate(1, 1, 1, 1, 1, 1, Math.nextDown(0.5), true).starved());
  }

  @Test
  void ends_of_the_interval_hold_the_figure() {
    Content crossed = new Content();
    crossed.put("throughput_p05", Math.log(0.6));
    crossed.put("throughput_p95", Math.log(0.4));
    ServingSurrogate.Estimate e = crossed.surrogate().estimate(load(1000, 800));
    assertEquals(400, e.throughputLow(), 1e-9);
    assertEquals(400, e.throughputHigh(), 1e-9);
  }

  @Test
  void loads_beyond_a_range_are_told_with_feature_and_range() {
    ServingSurrogate surrogate = new Content().surrogate();
    double[] row = load(1000, 800);
    assertEquals(List.of(), surrogate.warnings(row));
    // A margin for rounding: a billionth of the larger end.
    row[0] = 1000 + 0.9e-6;
    assertEquals(List.of(), surrogate.warnings(row));
    assertTrue(surrogate.estimate(row).insideTraining());
    row[0] = 1000 + 1.1e-6;
    row[5] = -2;
    assertEquals(
        List.of(
            "sum_rate is 1000.0000011, the training loads lie in [0.0, 1000.0]",
            "served_adapters is -2.0, the training loads lie in [0.0, 1000.0]"),
        surrogate.warnings(row));
    assertFalse(surrogate.estimate(row).insideTraining());
    Content below = new Content();
    double[] least = new double[NAMES.size()];
    Arrays.fill(least, -2000);
    below.numbers.put("least", least);
    double[] lowest = load(1000, 800);
    lowest[3] = -2000 - 1.9e-6;
    assertEquals(List.of(), below.surrogate().warnings(lowest));
    lowest[3] = -2000 - 2.1e-6;
    assertEquals(1, below.surrogate().warnings(lowest).size());
  }

  @Test
  void rows_of_another_length_are_refused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Content().surrogate().estimate(new double[3]))
            .getMessage();
    assertEquals("row has 3 values, there are 36 features", message);
  }

  @Test
  void figures_have_trees_by_name() {
    ServingSurrogate surrogate = new Content().surrogate();
    assertEquals(
        List.of("throughput", "throughput_p05", "throughput_p95", "itl", "ttft", "starved"),
        surrogate.figures());
    assertEquals(0.3, surrogate.tree("starved").value(0));
    assertEquals("llama-3.1-8b", surrogate.provenance().get("model"));
    assertThrows(IllegalArgumentException.class, () -> surrogate.tree("colour"));
  }

  @Test
  void files_that_are_no_surrogate_are_refused() {
    Content noEnsemble = new Content();
    noEnsemble.models.remove("itl");
    noEnsemble.assertRefused("the file has no models of itl");
    Content noTree = new Content();
    noTree.models.put("small_ttft", ensemble(leaf(1)));
    noTree.assertRefused("the file has no models of ttft");

    RegressionTree foreign =
        RegressionTree.ofNodes(
            List.of("x"), new int[] {-1}, new double[1], new int[1], new int[1], new double[1]);
    Content otherEnsemble = new Content();
    otherEnsemble.models.put(
        "itl", new TreeEnsemble(List.of("x"), List.of(foreign), 0, TreeEnsemble.Link.IDENTITY));
    otherEnsemble.assertRefused("the models describe a load by [x], this version by [sum_rate");
    Content otherTree = new Content();
    otherTree.models.put("small_itl", foreign);
    otherTree.assertRefused("the models describe a load by [sum_rate");

    Content noBlend = new Content();
    noBlend.numbers.remove(ServingSurrogate.BLEND);
    noBlend.assertRefused("the file has no three weights 'starved_blend'; train it again");
    Content twoWeights = new Content();
    twoWeights.numbers.put(ServingSurrogate.BLEND, new double[2]);
    twoWeights.assertRefused("the file has no three weights 'starved_blend'");
    Content negative = new Content();
    negative.numbers.put(ServingSurrogate.BLEND, new double[] {0, -1, 1});
    negative.assertRefused("the weights of the opinions on starving are -1.0 and 1.0");

    for (String end : List.of("least", "most")) {
      Content none = new Content();
      none.numbers.remove(end);
      none.assertRefused("the file has no ranges of the training set");
      Content few = new Content();
      few.numbers.put(end, new double[3]);
      few.assertRefused("the file has no ranges of the training set");
    }

    Content unknown = new Content();
    unknown.words.put("gpu", "abacus");
    unknown.assertRefused("card, base model or engine is not known: ");
    Content nameless = new Content();
    nameless.words.remove("engine");
    nameless.assertRefused("card, base model or engine is not known: ");
  }

  private static final EngineFlags FLAGS =
      EngineFlags.builder().maxLoras(16).maxLoraRank(16).maxCpuLoras(16).maxModelLen(2048).build();

  private static Workload workload(double ratePerSecond) {
    return Workload.poisson(
        "llama-3.1-8b",
        DealtAdapters.of("a", 16, List.of(16), List.of(ratePerSecond / 16)),
        new FixedLengths(250, 230),
        3600);
  }

  /** What starves from a utilisation of .8 on is carried up to there. */
  @Test
  void capacity_is_the_rate_at_which_starving_begins() {
    MemoryPlan.Fits memory =
        (MemoryPlan.Fits)
            ServingTwin.of(
                    Gpus.named("h100-80gb-sxm"),
                    Models.named("llama-3.1-8b"),
                    EngineVersion.VLLM_0_8_5)
                .memory()
                .plan(FLAGS);
    Content content = new Content();
    content.models.put("starved", ensemble(step(-9, 9, 0.8)));
    double[] least = new double[NAMES.size()];
    least[UTILISATION] = 0.2;
    double[] most = new double[NAMES.size()];
    Arrays.fill(most, 1e9);
    most[UTILISATION] = 1.5;
    content.numbers.put("least", least);
    content.numbers.put("most", most);
    ServingSurrogate surrogate = content.surrogate();
    double capacity = surrogate.capacityRequestsPerSecond(workload(3), FLAGS, memory);
    double[] there = surrogate.features(workload(capacity), FLAGS, memory);
    assertEquals(0.8, there[UTILISATION], 0.8 * 1e-4);
    assertTrue(there[UTILISATION] <= 0.8, "the rate is one that is carried");
    assertEquals(capacity, there[0], 1e-9 * capacity);
    assertEquals(surrogate.estimate(there), surrogate.estimate(workload(capacity), FLAGS, memory));

    // Carried up to the end of the training set, or not even at its beginning.
    content.models.put("starved", ensemble(step(-9, 9, 2)));
    double all = content.surrogate().capacityRequestsPerSecond(workload(3), FLAGS, memory);
    assertEquals(1.5, surrogate.features(workload(all), FLAGS, memory)[UTILISATION], 1e-9);
    content.models.put("starved", ensemble(step(-9, 9, 0.1)));
    assertEquals(0, content.surrogate().capacityRequestsPerSecond(workload(3), FLAGS, memory));
  }

  private static TrainingRow row(int index, double offered, double throughput, double itl) {
    double[] figures = {1, offered, throughput, itl, 6, 7, 1};
    return new TrainingRow(
        index, "gpu", "model", EngineVersion.VLLM_0_8_5, load(offered, 800), figures);
  }

  /** Predicted are 400 tokens/s (200 to 600), 40 ms and 3 s, and starving, of every load. */
  @Test
  void errors_are_as_by_hand() {
    List<TrainingRow> runs =
        List.of(
            row(0, 1000, 500, 0.05), // starved, inside the interval
            row(1, 1000, 950, 0.04), // sustained, above it
            row(2, 1000, 160, 0.04), // starved, below it
            row(3, 1000, 0, 0.04), // nothing came through: left out
            row(4, 1000, 500, Double.NaN), // no token after the first: left out
            new TrainingRow(
                5, "gpu", "model", EngineVersion.VLLM_0_8_5, new double[0], new double[0]));
    ServingErrors errors = ServingErrors.of(new Content().surrogate(), runs);
    assertEquals(3, errors.rows());
    double mape = 100 / 3.0 * (100 / 500.0 + 550 / 950.0 + 240 / 160.0);
    assertEquals(mape, errors.throughputMape(), 1e-9);
    double smape = 100 / 3.0 * (100 / 900.0 + 550 / 1350.0 + 240 / 560.0);
    assertEquals(smape, errors.throughputSmape(), 1e-9);
    assertEquals(100 / 3.0 * 0.2, errors.itlMape(), 1e-9);
    assertEquals(100 * 3 / 9.0, errors.ttftSmape(), 1e-9);
    assertEquals(new Confusion(2, 1, 0, 0), errors.starved());
    assertEquals(1 / 3.0, errors.covered(), 1e-12);
    assertEquals(2 / 3.0, ServingErrors.of(new Content().surrogate(), borders()).covered(), 1e-12);
  }

  /** On both ends of the interval and just below it. */
  private static List<TrainingRow> borders() {
    ServingSurrogate.Estimate e = new Content().surrogate().estimate(load(1000, 800));
    return List.of(
        row(0, 1000, e.throughputLow(), 0.04),
        row(1, 1000, e.throughputHigh(), 0.04),
        row(2, 1000, Math.nextDown(e.throughputLow()), 0.04));
  }

  @Test
  void targets_are_learned_as_differences_from_the_fluid() {
    TrainingRow row = row(0, 1000, 400, 0.05);
    assertEquals(Math.log(0.5), ServingTarget.THROUGHPUT.learned(row), 1e-12);
    assertEquals(Math.log(0.5), ServingTarget.THROUGHPUT_LOW.learned(row), 1e-12);
    assertEquals(Math.log(0.5), ServingTarget.THROUGHPUT_HIGH.learned(row), 1e-12);
    assertEquals(Math.log(2.5), ServingTarget.ITL.learned(row), 1e-12);
    assertEquals(Math.log(6), ServingTarget.TTFT.learned(row), 1e-12);
    assertEquals(1, ServingTarget.STARVED.learned(row));
    assertEquals(0, ServingTarget.STARVED.learned(row(0, 1000, 900, 0.05)));
    // Below the capacity all that is offered would be carried; nothing is a thousandth of it.
    assertEquals(0, ServingTarget.THROUGHPUT.learned(row(0, 300, 300, 0.05)), 1e-12);
    assertEquals(Math.log(1e-3), ServingTarget.THROUGHPUT.learned(row(0, 300, 0, 0.05)), 1e-12);
    double[] figures = {1, 1000, 900, 0.05, 0, 7, 1};
    TrainingRow instant =
        new TrainingRow(0, "g", "m", EngineVersion.VLLM_0_8_5, load(1000, 800), figures);
    assertEquals(Math.log(1e-6), ServingTarget.TTFT.learned(instant), 1e-12);
  }
}
