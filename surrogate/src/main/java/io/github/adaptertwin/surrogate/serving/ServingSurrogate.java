package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.model.CompiledTree;
import io.github.adaptertwin.surrogate.model.CompiledTrees;
import io.github.adaptertwin.surrogate.model.ModelFile;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A fast stand-in for the twin of one GPU and base model: predicts throughput, latencies, whether a
 * load starves, and how much a GPU can carry, from the {@link ServingFeatures} of the load. It is
 * boosted trees, and beside them one small tree for each figure ({@link #small()}), distilled from
 * the boosted ones and quicker still. Of an hour-long run, if it was trained on such runs.
 *
 * <p>Immutable and thread-safe; {@link #estimate(double[])} of a row of features allocates its
 * result only.
 */
public final class ServingSurrogate {
  /** Name of the three weights of the two opinions on starving. */
  static final String BLEND = "starved_blend";

  private static final double PRECISION = 1e-4;

  /** Ranges are stated with a margin, so that rounding does not put a training row outside. */
  private static final double MARGIN = 1e-9;

  private static final int OFFERED = ServingFeatures.index(ServingFeatures.OFFERED);
  private static final int UTILISATION = ServingFeatures.index(ServingFeatures.UTILISATION);
  private static final int STEP = ServingFeatures.index(ServingFeatures.FLUID_STEP);

  private final ModelFile file;
  private final ServingTwin twin;
  private final ImmutableMap<ServingTarget, Regressor> models;
  private final ImmutableMap<ServingTarget, Regressor> trees;

  /** Weighs the opinions on starving; null where the model for it says a probability by itself. */
  private final @Nullable StarvedBlend blend;

  private final double[] least;
  private final double[] most;

  private ServingSurrogate(
      ModelFile file,
      ServingTwin twin,
      Map<ServingTarget, Regressor> models,
      Map<ServingTarget, Regressor> trees,
      @Nullable StarvedBlend blend,
      double[] least,
      double[] most) {
    this.file = file;
    this.twin = twin;
    this.models = ImmutableMap.copyOf(models);
    this.trees = ImmutableMap.copyOf(trees);
    this.blend = blend;
    this.least = least;
    this.most = most;
  }

  /**
   * A prediction.
   *
   * @param throughputTokensPerSecond input and output tokens of completed requests, at most what is
   *     offered
   * @param throughputLow 5 % quantile of it
   * @param throughputHigh 95 % quantile of it
   * @param completedShare completed over offered tokens, in [0, 1]
   * @param meanItlSeconds mean inter-token latency
   * @param meanTtftSeconds mean time to first token of completed requests
   * @param starvedProbability that less than 90 % of the offered tokens are completed
   * @param insideTraining whether every feature lies in the range of the training set; what is said
   *     of other loads may be far off
   */
  public record Estimate(
      double throughputTokensPerSecond,
      double throughputLow,
      double throughputHigh,
      double completedShare,
      double meanItlSeconds,
      double meanTtftSeconds,
      double starvedProbability,
      boolean insideTraining) {
    /** {@return whether the load is more likely to starve than not} */
    public boolean starved() {
      return starvedProbability >= 0.5;
    }
  }

  /**
   * Learns from training runs of one card and base model, with the usual settings.
   *
   * @param rows at least 50 runs that started
   * @return the surrogate
   * @throws IllegalArgumentException if there are too few rows, or rows of several cards or models
   */
  public static ServingSurrogate train(List<TrainingRow> rows) {
    return ServingTrainer.usual().train(rows, ImmutableMap.of());
  }

  /**
   * {@return the surrogate that comes with the library, or empty if there is none of this card and
   * base model}
   *
   * @param gpu the card
   * @param model the base model
   */
  public static Optional<ServingSurrogate> shipped(GpuSpec gpu, ModelSpec model) {
    String name = resourceName(gpu.name(), model.name());
    try (InputStream in = ServingSurrogate.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(of(name, ModelFile.read(name, in)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@return name of the file of a surrogate that comes with the library}
   *
   * @param gpu name of the card
   * @param model name of the base model
   */
  public static String resourceName(String gpu, String model) {
    return gpu + "_" + model + ".json.gz";
  }

  /**
   * Reads a surrogate.
   *
   * @param path a file that {@link #write} made
   * @return the surrogate
   * @throws IOException if it cannot be read
   * @throws MalformedInputException if it was cut off or changed, or describes loads by other
   *     features than this version
   */
  public static ServingSurrogate read(Path path) throws IOException {
    return of(path.toString(), ModelFile.read(path));
  }

  /**
   * Writes the surrogate.
   *
   * @param path the file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path path) throws IOException {
    file.write(path);
  }

  static ServingSurrogate of(String source, ModelFile file) {
    Map<ServingTarget, Regressor> models = new EnumMap<>(ServingTarget.class);
    Map<ServingTarget, Regressor> trees = new EnumMap<>(ServingTarget.class);
    for (ServingTarget target : ServingTarget.values()) {
      if (!(file.models().get(target.figure) instanceof TreeEnsemble ensemble)
          || !(file.models().get(smallName(target)) instanceof RegressionTree tree)) {
        throw new MalformedInputException(
            SourceLocation.of(source), "the file has no models of " + target.figure);
      }
      if (!ensemble.features().equals(ServingFeatures.names())
          || !tree.features().equals(ServingFeatures.names())) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "the models describe a load by "
                + ensemble.features()
                + ", this version by "
                + ServingFeatures.names()
                + "; train them again");
      }
      boolean blended = target == ServingTarget.STARVED;
      models.put(
          target,
          CompiledTrees.of(blended ? ensemble.withLink(TreeEnsemble.Link.IDENTITY) : ensemble));
      trees.put(target, CompiledTree.of(tree));
    }
    StarvedBlend blend = blendOf(source, file);
    double[] least = file.numbers().get("least");
    double[] most = file.numbers().get("most");
    int width = ServingFeatures.names().size();
    if (least == null || most == null || least.length != width || most.length != width) {
      throw new MalformedInputException(
          SourceLocation.of(source), "the file has no ranges of the training set");
    }
    return new ServingSurrogate(file, twinOf(source, file), models, trees, blend, least, most);
  }

  private static StarvedBlend blendOf(String source, ModelFile file) {
    double[] weights = file.numbers().get(BLEND);
    if (weights == null || weights.length != 3) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "the file has no three weights '" + BLEND + "'; train it again with this version");
    }
    try {
      return new StarvedBlend(weights[0], weights[1], weights[2]);
    } catch (IllegalArgumentException e) {
      throw new MalformedInputException(
          SourceLocation.of(source), String.valueOf(e.getMessage()), e);
    }
  }

  private static ServingTwin twinOf(String source, ModelFile file) {
    String gpu = file.provenance().getOrDefault("gpu", "");
    String model = file.provenance().getOrDefault("model", "");
    String engine = file.provenance().getOrDefault("engine", "");
    try {
      return ServingTwin.of(Gpus.named(gpu), Models.named(model), EngineVersion.valueOf(engine));
    } catch (IllegalArgumentException e) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "card, base model or engine is not known: " + e.getMessage(),
          e);
    }
  }

  static String smallName(ServingTarget target) {
    return "small_" + target.figure;
  }

  /**
   * {@return the same surrogate with one small tree for each figure in place of the boosted ones}
   */
  public ServingSurrogate small() {
    return new ServingSurrogate(file, twin, trees, trees, null, least, most);
  }

  /**
   * {@return the small tree of a figure, whose rules can be read and drawn; it predicts in the
   * terms in which figures are learned}
   *
   * @param figure one of {@link #figures()}
   * @throws IllegalArgumentException if there is no such figure
   */
  public RegressionTree tree(String figure) {
    return (RegressionTree) file.model("small_" + figure);
  }

  /** {@return names of the figures that are learned; unmodifiable} */
  public List<String> figures() {
    return java.util.Arrays.stream(ServingTarget.values())
        .map(target -> target.figure)
        .collect(ImmutableList.toImmutableList());
  }

  /** {@return where the surrogate comes from, in words by name; unmodifiable} */
  public Map<String, String> provenance() {
    return file.provenance();
  }

  /**
   * Predicts.
   *
   * @param features of the load, see {@link ServingFeatures}
   * @return the prediction
   * @throws IllegalArgumentException if the row has another length
   */
  public Estimate estimate(double[] features) {
    if (features.length != least.length) {
      throw new IllegalArgumentException(
          "row has " + features.length + " values, there are " + least.length + " features");
    }
    double offered = features[OFFERED];
    double throughput = throughput(ServingTarget.THROUGHPUT, features);
    boolean inside = true;
    for (int f = 0; f < features.length; f++) {
      inside &= inside(f, features[f]);
    }
    return new Estimate(
        throughput,
        Math.min(throughput, throughput(ServingTarget.THROUGHPUT_LOW, features)),
        Math.max(throughput, throughput(ServingTarget.THROUGHPUT_HIGH, features)),
        throughput / offered,
        features[STEP] * StrictMath.exp(say(ServingTarget.ITL, features)),
        StrictMath.exp(say(ServingTarget.TTFT, features)),
        starvedProbability(features, throughput),
        inside);
  }

  /**
   * Predicts how a GPU serves a load.
   *
   * @param workload the traffic of its adapters
   * @param flags how its engine is started
   * @param memory what its memory leaves
   * @return the prediction
   */
  public Estimate estimate(Workload workload, EngineFlags flags, MemoryPlan.Fits memory) {
    return estimate(features(workload, flags, memory));
  }

  /**
   * Describes a load of this card and base model.
   *
   * @param workload the traffic of its adapters
   * @param flags how its engine is started
   * @param memory what its memory leaves
   * @return the features, for {@link #estimate(double[])} and {@link #warnings}
   */
  public double[] features(Workload workload, EngineFlags flags, MemoryPlan.Fits memory) {
    return ServingFeatures.of(twin, workload, flags, memory);
  }

  private double say(ServingTarget target, double[] features) {
    Regressor model = models.get(target);
    if (model == null) {
      throw new AssertionError(target);
    }
    return model.predict(features);
  }

  private double throughput(ServingTarget target, double[] features) {
    return ServingTarget.throughput(features, say(target, features));
  }

  private double starvedProbability(double[] features, double throughput) {
    double said = say(ServingTarget.STARVED, features);
    return blend == null ? said : blend.probability(said, throughput, features);
  }

  private boolean inside(int feature, double value) {
    double margin = MARGIN * Math.max(Math.abs(least[feature]), Math.abs(most[feature]));
    return value >= least[feature] - margin && value <= most[feature] + margin;
  }

  /**
   * Says which features of a load lie outside what the surrogate was trained on.
   *
   * @param features of the load
   * @return a sentence for each; empty if the load lies inside
   */
  public List<String> warnings(double[] features) {
    ImmutableList.Builder<String> words = ImmutableList.builder();
    for (int f = 0; f < least.length; f++) {
      if (!inside(f, features[f])) {
        words.add(
            ServingFeatures.names().get(f)
                + " is "
                + features[f]
                + ", the training loads lie in ["
                + least[f]
                + ", "
                + most[f]
                + "]");
      }
    }
    return words.build();
  }

  /**
   * The largest rate that the GPU carries without starving, if all adapters' rates are scaled
   * alike.
   *
   * @param workload the adapters, whose rates say how the load is shared
   * @param flags how the engine is started
   * @param memory what its memory leaves
   * @return requests per second of all adapters together, within .01 %; the largest utilisation of
   *     the training set if even that is carried, and 0 if not even its smallest is
   */
  public double capacityRequestsPerSecond(
      Workload workload, EngineFlags flags, MemoryPlan.Fits memory) {
    BoundStepCosts costs = twin.bind(workload.loraAdapters(), flags, memory.kvBlocks());
    double asked = load(workload, 1, flags, costs, memory)[UTILISATION];
    double low = least[UTILISATION] / asked;
    double high = most[UTILISATION] / asked;
    if (starves(workload, low, flags, costs, memory)) {
      return 0;
    }
    if (!starves(workload, high, flags, costs, memory)) {
      return workload.ratePerSecond() * high;
    }
    while (high / low > 1 + PRECISION) {
      double middle = Math.sqrt(low * high);
      if (starves(workload, middle, flags, costs, memory)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return workload.ratePerSecond() * low;
  }

  private boolean starves(
      Workload workload,
      double factor,
      EngineFlags flags,
      BoundStepCosts costs,
      MemoryPlan.Fits memory) {
    double[] features = load(workload, factor, flags, costs, memory);
    return starvedProbability(features, throughput(ServingTarget.THROUGHPUT, features)) >= 0.5;
  }

  private static double[] load(
      Workload workload,
      double factor,
      EngineFlags flags,
      BoundStepCosts costs,
      MemoryPlan.Fits memory) {
    LoadSummary load = LoadSummary.scaled(workload, factor);
    return ServingFeatures.of(load, flags, costs, memory.kvTokens());
  }
}
