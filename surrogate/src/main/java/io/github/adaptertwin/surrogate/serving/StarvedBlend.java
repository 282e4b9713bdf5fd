package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.linear.LinearModel;
import io.github.adaptertwin.surrogate.linear.LogisticRegression;
import java.util.Arrays;
import java.util.List;

/**
 * The probability that a load starves, of two opinions: the log odds of trees that learned just
 * that, and how far the predicted throughput is from the 90 % of the offered tokens where starving
 * begins. Yes and no tell trees little of a load far from that border, throughput tells how far; a
 * logistic regression on runs that neither has seen weighs them. Immutable and thread-safe.
 *
 * @param intercept log odds where both opinions are 0
 * @param logOddsWeight weight of the trees' log odds, at least 0
 * @param marginWeight weight of the logarithm of 90 % of the offered over the predicted throughput,
 *     at least 0
 */
record StarvedBlend(double intercept, double logOddsWeight, double marginWeight) {
  /** Only the trees' opinion. */
  static final StarvedBlend TREES_ALONE = new StarvedBlend(0, 1, 0);

  private static final double SUSTAINED_SHARE = 0.9;

  /** Beyond it, more says nothing more. */
  private static final double MOST_MARGIN = 0.3;

  private static final List<String> OPINIONS = List.of("log_odds", "margin");
  private static final int LOG_ODDS = 0;
  private static final int MARGIN = 1;
  private static final double RIDGE = 1;
  private static final int FEWEST_OF_A_CLASS = 10;

  private static final int OFFERED = ServingFeatures.index(ServingFeatures.OFFERED);

  /**
   * Checks the weights.
   *
   * @throws IllegalArgumentException if one is below 0, which turns an opinion into its opposite,
   *     or is NaN or infinite, or the intercept is
   */
  StarvedBlend {
    if (!Double.isFinite(intercept) || !isWeight(logOddsWeight) || !isWeight(marginWeight)) {
      throw new IllegalArgumentException(
          "the weights of the opinions on starving are "
              + logOddsWeight
              + " and "
              + marginWeight
              + " with an intercept of "
              + intercept
              + ", must be finite and the weights at least 0; train the models again");
    }
  }

  private static boolean isWeight(double weight) {
    return weight >= 0 && weight < Double.POSITIVE_INFINITY;
  }

  /**
   * Weighs the opinions. One that would get a weight below 0, as if it were right by being wrong,
   * gets none; if that leaves none, the trees decide alone.
   *
   * @param throughput trees of {@link ServingTarget#THROUGHPUT}
   * @param starved trees of {@link ServingTarget#STARVED}
   * @param unseen runs that the trees did not learn from; if fewer than 10 of them starve, or fewer
   *     than 10 do not, there is nothing to weigh by and the trees decide alone
   */
  static StarvedBlend fit(TreeEnsemble throughput, TreeEnsemble starved, List<TrainingRow> unseen) {
    long ones = unseen.stream().filter(TrainingRow::starved).count();
    if (ones < FEWEST_OF_A_CLASS || unseen.size() - ones < FEWEST_OF_A_CLASS) {
      return TREES_ALONE;
    }
    TreeEnsemble logOdds = starved.withLink(TreeEnsemble.Link.IDENTITY);
    double[][] opinions = new double[unseen.size()][];
    for (int r = 0; r < opinions.length; r++) {
      double[] features = unseen.get(r).features();
      double tokens = ServingTarget.throughput(features, throughput.predict(features));
      opinions[r] = new double[] {logOdds.predict(features), margin(tokens, features)};
    }
    LinearModel both = weighed(opinions, unseen, LOG_ODDS, MARGIN);
    boolean oddsCount = both.coefficient(LOG_ODDS) >= 0;
    boolean marginCounts = both.coefficient(MARGIN) >= 0;
    if (oddsCount && marginCounts) {
      return new StarvedBlend(
          both.intercept(), both.coefficient(LOG_ODDS), both.coefficient(MARGIN));
    }
    if (!oddsCount && !marginCounts) {
      return TREES_ALONE;
    }
    // The likelihood is concave, so the best weights that are not negative have a 0 there.
    LinearModel one = weighed(opinions, unseen, oddsCount ? LOG_ODDS : MARGIN);
    double weight = one.coefficient(0);
    if (!(weight >= 0)) {
      return TREES_ALONE;
    }
    return new StarvedBlend(one.intercept(), oddsCount ? weight : 0, oddsCount ? 0 : weight);
  }

  /** Fits the log odds to some of the opinions. */
  private static LinearModel weighed(double[][] opinions, List<TrainingRow> unseen, int... which) {
    Dataset.Builder data = Dataset.builder(Arrays.stream(which).mapToObj(OPINIONS::get).toList());
    for (int r = 0; r < opinions.length; r++) {
      double[] opinion = opinions[r];
      data.add(
          Arrays.stream(which).mapToDouble(w -> opinion[w]).toArray(),
          unseen.get(r).starved() ? 1 : 0);
    }
    return new LogisticRegression(RIDGE).fit(data.build()).logOdds();
  }

  /** {@return the probability as a model of its own} */
  Regressor of(TreeEnsemble throughput, TreeEnsemble starved) {
    TreeEnsemble logOdds = starved.withLink(TreeEnsemble.Link.IDENTITY);
    return features ->
        probability(
            logOdds.predict(features),
            ServingTarget.throughput(features, throughput.predict(features)),
            features);
  }

  /**
   * {@return the probability that a load starves, in [0, 1]}
   *
   * @param logOdds what the trees say
   * @param throughputTokensPerSecond what is predicted, at least 0; above 0 if anything is offered
   * @param features of the load
   */
  double probability(double logOdds, double throughputTokensPerSecond, double[] features) {
    return TreeEnsemble.Link.LOGISTIC.apply(
        intercept
            + logOddsWeight * logOdds
            + marginWeight * margin(throughputTokensPerSecond, features));
  }

  private static double margin(double throughputTokensPerSecond, double[] features) {
    if (!(features[OFFERED] > 0)) {
      // 0 / 0: where nothing is asked for, nothing starves.
      return -MOST_MARGIN;
    }
    double margin = StrictMath.log(SUSTAINED_SHARE * features[OFFERED] / throughputTokensPerSecond);
    return Math.max(-MOST_MARGIN, Math.min(MOST_MARGIN, margin));
  }
}
