package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.linear.LinearModel;
import io.github.adaptertwin.surrogate.linear.LogisticRegression;
import java.util.List;

/**
 * The probability that a load starves, of two opinions: the log odds of trees that learned just
 * that, and how far the predicted throughput is from the 90 % of the offered tokens where starving
 * begins. Yes and no tell trees little of a load far from that border, throughput tells how far; a
 * logistic regression on runs that neither has seen weighs them. Immutable and thread-safe.
 *
 * @param intercept log odds where both opinions are 0
 * @param logOddsWeight weight of the trees' log odds
 * @param marginWeight weight of the logarithm of 90 % of the offered over the predicted throughput
 */
record StarvedBlend(double intercept, double logOddsWeight, double marginWeight) {
  /** Only the trees' opinion. */
  static final StarvedBlend TREES_ALONE = new StarvedBlend(0, 1, 0);

  private static final double SUSTAINED_SHARE = 0.9;

  /** Beyond it, more says nothing more. */
  private static final double MOST_MARGIN = 0.3;

  private static final double RIDGE = 1;
  private static final int FEWEST_OF_A_CLASS = 10;

  private static final int OFFERED = ServingFeatures.index(ServingFeatures.OFFERED);

  /**
   * Weighs the opinions.
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
    Dataset.Builder data = Dataset.builder(List.of("log_odds", "margin"));
    for (TrainingRow row : unseen) {
      double[] features = row.features();
      double tokens = ServingTarget.throughput(features, throughput.predict(features));
      data.add(
          new double[] {logOdds.predict(features), margin(tokens, features)},
          row.starved() ? 1 : 0);
    }
    LinearModel linear = new LogisticRegression(RIDGE).fit(data.build()).logOdds();
    return new StarvedBlend(linear.intercept(), linear.coefficient(0), linear.coefficient(1));
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
   * @param throughputTokensPerSecond what is predicted, above 0
   * @param features of the load
   */
  double probability(double logOdds, double throughputTokensPerSecond, double[] features) {
    return TreeEnsemble.Link.LOGISTIC.apply(
        intercept
            + logOddsWeight * logOdds
            + marginWeight * margin(throughputTokensPerSecond, features));
  }

  private static double margin(double throughputTokensPerSecond, double[] features) {
    double margin = StrictMath.log(SUSTAINED_SHARE * features[OFFERED] / throughputTokensPerSecond);
    return Math.max(-MOST_MARGIN, Math.min(MOST_MARGIN, margin));
  }
}
