package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.distill.Distiller;
import io.github.adaptertwin.surrogate.ensemble.GradientBoostingTrainer;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.model.ModelFile;
import io.github.adaptertwin.surrogate.tree.GrowthLimits.Monotone;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How a {@link ServingSurrogate} is learned; how many trees a figure has, and how they grow,
 * belongs to the figure. Immutable and thread-safe; the result is a pure function of settings and
 * rows.
 *
 * @param rowShare share of the rows that a boosting round draws, in (0, 1]
 * @param featureShare share of the features that a split looks at, in (0, 1]
 * @param smallLeaves most leaves of the small trees, at least 1
 * @param seed any value
 * @param threads how many features are added up at once, at least 1; the surrogate does not depend
 *     on it
 */
public record ServingTrainer(
    double rowShare, double featureShare, int smallLeaves, long seed, int threads) {
  private static final int FEWEST_ROWS = 50;
  private static final int HOLD_OUT = 5;

  /** Fewest rows of a leaf of the small trees. */
  private static final int SMALL_LEAF_ROWS = 5;

  /** Log odds from which on a small tree takes a load as certain to starve: 98 %. */
  private static final double CERTAIN = 4;

  /** Digits that a model keeps: its error is far above the fifth. */
  private static final int DIGITS = 5;

  /** {@return the settings that the surrogates of the library were made with} */
  public static ServingTrainer usual() {
    return new ServingTrainer(0.7, 0.5, 64, 1, 1);
  }

  /**
   * {@return these settings with another number of threads}
   *
   * @param value at least 1
   */
  public ServingTrainer withThreads(int value) {
    return new ServingTrainer(rowShare, featureShare, smallLeaves, seed, value);
  }

  /**
   * Learns from training runs of one card and base model. Every fifth row is not seen by a first
   * round of learning: these rows weigh the two opinions on starving, and the errors on them become
   * part of the provenance; then all rows are learned.
   *
   * @param rows the runs, at least 50 that started and served
   * @param provenance what else is to be told of where the surrogate comes from
   * @return the surrogate
   * @throws IllegalArgumentException if there are too few rows, or rows of several cards or models
   */
  public ServingSurrogate train(List<TrainingRow> rows, Map<String, String> provenance) {
    List<TrainingRow> served =
        rows.stream()
            .filter(r -> r.started() && r.meanItlSeconds() > 0 && r.meanTtftSeconds() >= 0)
            .toList();
    if (served.size() < FEWEST_ROWS) {
      throw new IllegalArgumentException(
          "a surrogate needs at least "
              + FEWEST_ROWS
              + " training runs that served, there are "
              + served.size());
    }
    TrainingRow first = served.get(0);
    for (TrainingRow row : served) {
      if (!row.gpu().equals(first.gpu()) || !row.model().equals(first.model())) {
        throw new IllegalArgumentException(
            "rows are of "
                + first.model()
                + " on "
                + first.gpu()
                + " and of "
                + row.model()
                + " on "
                + row.gpu()
                + "; a surrogate knows one card and base model");
      }
    }
    List<TrainingRow> seen = new ArrayList<>();
    List<TrainingRow> heldOut = new ArrayList<>();
    for (int i = 0; i < served.size(); i++) {
      (i % HOLD_OUT == HOLD_OUT - 1 ? heldOut : seen).add(served.get(i));
    }
    Map<String, String> words = new LinkedHashMap<>(provenance);
    words.put("gpu", first.gpu());
    words.put("model", first.model());
    words.put("engine", first.engine().name());
    words.put("rows", Integer.toString(served.size()));
    ImmutableMap<ServingTarget, TreeEnsemble> trials = ensembles(seen);
    StarvedBlend blend =
        StarvedBlend.fit(
            of(trials, ServingTarget.THROUGHPUT), of(trials, ServingTarget.STARVED), heldOut);
    ServingSurrogate trial = surrogate(seen, trials, blend, words);
    words.put("heldOut", judge(trial, heldOut));
    words.put("heldOutSmall", judge(trial.small(), heldOut));
    return surrogate(served, ensembles(served), blend, words);
  }

  private ImmutableMap<ServingTarget, TreeEnsemble> ensembles(List<TrainingRow> rows) {
    ImmutableMap.Builder<ServingTarget, TreeEnsemble> ensembles = ImmutableMap.builder();
    for (ServingTarget target : ServingTarget.values()) {
      Dataset data = data(rows, target);
      ensembles.put(target, trainer(target).fit(data, threads).rounded(DIGITS));
    }
    return ensembles.buildOrThrow();
  }

  private static TreeEnsemble of(Map<ServingTarget, TreeEnsemble> ensembles, ServingTarget target) {
    return Objects.requireNonNull(ensembles.get(target));
  }

  private static Dataset data(List<TrainingRow> rows, ServingTarget target) {
    Dataset.Builder builder = Dataset.builder(ServingFeatures.names());
    for (TrainingRow row : rows) {
      builder.add(row.features(), target.learned(row));
    }
    return builder.build();
  }

  private ServingSurrogate surrogate(
      List<TrainingRow> rows,
      Map<ServingTarget, TreeEnsemble> ensembles,
      StarvedBlend blend,
      Map<String, String> words) {
    ImmutableMap.Builder<String, Regressor> models = ImmutableMap.builder();
    for (ServingTarget target : ServingTarget.values()) {
      TreeEnsemble ensemble = of(ensembles, target);
      models.put(target.figure, ensemble);
      models.put(ServingSurrogate.smallName(target), small(target, ensembles, blend, rows));
    }
    ImmutableMap.Builder<String, double[]> numbers = ImmutableMap.builder();
    numbers.putAll(ranges(rows));
    numbers.put(
        ServingSurrogate.BLEND,
        new double[] {blend.intercept(), blend.logOddsWeight(), blend.marginWeight()});
    return ServingSurrogate.of(
        "training", new ModelFile(words, models.buildOrThrow(), numbers.buildOrThrow()));
  }

  /**
   * Distils one tree. Of starving it is told the log odds, bounded: among loads that are certain to
   * starve or not, nothing is left to be told apart, and the leaves go to the others. What it says
   * is the probability that belongs to the mean of a leaf.
   */
  private RegressionTree small(
      ServingTarget target,
      Map<ServingTarget, TreeEnsemble> ensembles,
      StarvedBlend blend,
      List<TrainingRow> rows) {
    Distiller distiller = new Distiller(smallLeaves, SMALL_LEAF_ROWS, 0, seed);
    TreeEnsemble own = of(ensembles, target);
    if (target != ServingTarget.STARVED) {
      return distiller.distil(own, data(rows, target)).tree().rounded(DIGITS);
    }
    Regressor probability = blend.of(of(ensembles, ServingTarget.THROUGHPUT), own);
    return distiller
        .distil(row -> boundedLogOdds(probability.predict(row)), data(rows, target))
        .tree()
        .withValues(TreeEnsemble.Link.LOGISTIC::apply)
        .rounded(DIGITS);
  }

  /** {@return log odds of a probability in [0, 1], at most 4 from 0} */
  static double boundedLogOdds(double probability) {
    double logOdds = StrictMath.log(probability / (1 - probability));
    return Math.max(-CERTAIN, Math.min(CERTAIN, logOdds));
  }

  private GradientBoostingTrainer trainer(ServingTarget target) {
    boolean queues = target == ServingTarget.STARVED || target == ServingTarget.TTFT;
    Map<String, Monotone> monotone =
        queues ? ImmutableMap.of(ServingFeatures.UTILISATION, Monotone.RISING) : ImmutableMap.of();
    return GradientBoostingTrainer.builder(target.loss())
        .rounds(target.rounds)
        .maxLeaves(target.leaves)
        .rate(target.rate)
        .rowShare(rowShare)
        .featureShare(featureShare)
        .minRowsPerLeaf(target.minRowsPerLeaf)
        .monotone(monotone)
        .seed(seed)
        .build();
  }

  private static ImmutableMap<String, double[]> ranges(List<TrainingRow> rows) {
    int width = ServingFeatures.names().size();
    double[] least = rows.get(0).features();
    double[] most = rows.get(0).features();
    for (TrainingRow row : rows) {
      for (int f = 0; f < width; f++) {
        least[f] = Math.min(least[f], row.feature(f));
        most[f] = Math.max(most[f], row.feature(f));
      }
    }
    return ImmutableMap.of("least", least, "most", most);
  }

  private static String judge(ServingSurrogate surrogate, List<TrainingRow> rows) {
    ServingErrors errors = ServingErrors.of(surrogate, rows);
    return String.format(
        Locale.ROOT,
        "%d rows: throughput MAPE %.2f %%, ITL MAPE %.2f %%, TTFT smape_paper %.2f %%, starved F1"
            + " %.4f",
        rows.size(),
        errors.throughputMape(),
        errors.itlMape(),
        errors.ttftSmape(),
        errors.starved().f1());
  }
}
