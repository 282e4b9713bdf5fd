package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import io.github.adaptertwin.gpu.step.ProfileUncertainty;
import io.github.adaptertwin.gpu.step.StepTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * The fit of the step law to single steps. The law is linear in its constants, so nothing is
 * simulated: a row's residual is its relative error in units of 3 %, its weight grows with the
 * number of steps behind it and soon no more, since the law errs more than a median of ten steps.
 *
 * <p>Constants that the rows do not tell apart are fixed one by one, the more special first, until
 * the others are determined; one that would be negative is 0.
 */
final class StepProblem {
  /** From the most common to the most special. */
  static final ImmutableList<Constant> FREE =
      ImmutableList.of(
          Constant.BASE,
          Constant.TOKEN,
          Constant.BASE_WITHOUT_LORA,
          Constant.TOKEN_WITHOUT_LORA,
          Constant.ADAPTER,
          Constant.BLOCK,
          Constant.CONTEXT_TOKEN,
          Constant.ADAPTER_LOW_TOKENS,
          Constant.ADAPTER_MANY_TOKENS,
          Constant.WAITING,
          Constant.ADAPTER_RANK,
          Constant.ADAPTER_REGISTERED);

  private static final double PICOS_PER_SECOND = 1e12;
  private static final double USUAL_ERROR = 0.03;
  private static final double FEW_STEPS = 10;

  /** Steps tell constants apart far better than served runs do: next to nothing is needed. */
  private static final double PULL = 1e-4;

  private static final double RELATIVE_STEP = 0.05;
  private static final int LOW_TOKENS = 120;
  private static final int MANY_TOKENS = 512;

  private final CalibrationProfile start;
  private final ModelSpec model;
  private final ImmutableList<MeasuredStep> rows;

  /** A change of each constant by which residuals change noticeably, in picoseconds. */
  private final double[] unit = new double[FREE.size()];

  StepProblem(CalibrationProfile start, ModelSpec model, List<MeasuredStep> rows) {
    this.start = start;
    this.model = model;
    this.rows = ImmutableList.copyOf(rows);
    for (int c = 0; c < unit.length; c++) {
      unit[c] =
          Math.max(
              RELATIVE_STEP * start.get(FREE.get(c)), CalibrationProblem.leastStep(FREE.get(c)));
    }
  }

  /** Seconds of a row by a profile. */
  private double seconds(CalibrationProfile profile, MeasuredStep row) {
    double picos = 0;
    double[] terms = terms(row);
    for (int c = 0; c < terms.length; c++) {
      picos += profile.get(FREE.get(c)) * terms[c];
    }
    return picos / PICOS_PER_SECOND;
  }

  /** How often each constant counts in a row. */
  private double[] terms(MeasuredStep row) {
    Map<Constant, Double> counts =
        StepTerms.of(
            model,
            start.engine(),
            row.maxLoras(),
            row.maxLoraRank(),
            row.maxCpuLoras(),
            row.tokens(),
            row.distinctAdapters());
    double[] terms = new double[FREE.size()];
    for (int c = 0; c < terms.length; c++) {
      terms[c] =
          switch (FREE.get(c)) {
            case CONTEXT_TOKEN -> row.contextTokens();
            case WAITING -> row.waiting();
            default -> counts.getOrDefault(FREE.get(c), 0.0);
          };
    }
    return terms;
  }

  CalibrationFit fit() {
    return fit(rows, "");
  }

  /** Errors on scenarios that were left out, one after the other. */
  List<CalibrationError> leaveOneScenarioOut() {
    TreeSet<String> names = new TreeSet<>();
    rows.forEach(row -> names.add(row.scenario()));
    if (names.size() < 2) {
      throw new IllegalArgumentException(
          "all steps are of one scenario; measure another batch or length to leave one out");
    }
    double[] left = new double[rows.size()];
    for (String name : names) {
      List<MeasuredStep> used = rows.stream().filter(r -> !r.scenario().equals(name)).toList();
      CalibrationProfile fitted = fit(used, " without " + name).profile();
      for (int r = 0; r < left.length; r++) {
        if (rows.get(r).scenario().equals(name)) {
          left[r] = seconds(fitted, rows.get(r));
        }
      }
    }
    return errors(rows, left);
  }

  private CalibrationFit fit(List<MeasuredStep> used, String words) {
    if (used.size() < FREE.size()) {
      throw new IllegalArgumentException(
          "there are "
              + used.size()
              + " steps for "
              + FREE.size()
              + " constants; measure more, of different tokens, adapters, slots and ranks");
    }
    double[][][] slopes = new double[used.size()][RobustLeastSquares.FIGURES][FREE.size()];
    double[][] weights = new double[used.size()][RobustLeastSquares.FIGURES];
    for (int r = 0; r < slopes.length; r++) {
      MeasuredStep row = used.get(r);
      double[] terms = terms(row);
      for (int c = 0; c < terms.length; c++) {
        slopes[r][0][c] = terms[c] * unit[c] / PICOS_PER_SECOND / row.seconds() / USUAL_ERROR;
      }
      weights[r][0] = row.steps() / (row.steps() + FEW_STEPS);
    }
    double[] origin = new double[FREE.size()];
    for (int c = 0; c < origin.length; c++) {
      origin[c] = start.get(FREE.get(c));
    }
    boolean[] identified = identified(used, slopes, weights);
    boolean[] moving = identified.clone();
    while (true) {
      RobustLeastSquares squares = new RobustLeastSquares(slopes, weights, moving, PULL);
      double[][] residuals = residuals(used, profileAt(origin, words, used.size()));
      double[] moved = squares.next(residuals, new double[origin.length]);
      double[] values = new double[origin.length];
      boolean negative = false;
      for (int c = 0; c < values.length; c++) {
        values[c] = origin[c] + (moving[c] ? moved[c] * unit[c] : 0);
        if (values[c] < 0) {
          origin[c] = 0;
          moving[c] = false;
          negative = true;
        }
      }
      if (!negative) {
        CalibrationProfile fitted = profileAt(values, words, used.size());
        double[] priors = RobustLeastSquares.priors(identified, this::mostError);
        double[][] factor = squares.covarianceFactor(residuals(used, fitted), priors);
        return result(used, fitted, identified, factor);
      }
    }
  }

  private double mostError(int constant) {
    return RobustLeastSquares.mostError(start.get(FREE.get(constant)), unit[constant]);
  }

  private double[][] residuals(List<MeasuredStep> used, CalibrationProfile profile) {
    double[][] residuals = new double[used.size()][RobustLeastSquares.FIGURES];
    for (int r = 0; r < residuals.length; r++) {
      MeasuredStep row = used.get(r);
      residuals[r][0] = (seconds(profile, row) / row.seconds() - 1) / USUAL_ERROR;
    }
    return residuals;
  }

  private boolean[] identified(List<MeasuredStep> used, double[][][] slopes, double[][] weights) {
    boolean[] free = new boolean[FREE.size()];
    Arrays.fill(free, true);
    double[][] residuals = residuals(used, start);
    while (true) {
      double[] errors = new RobustLeastSquares(slopes, weights, free).standardErrors(residuals);
      int worst = -1;
      for (int c = 0; c < free.length; c++) {
        if (free[c] && !(errors[c] <= mostError(c))) {
          worst = c;
        }
      }
      if (worst < 0) {
        break;
      }
      free[worst] = false;
    }
    for (boolean one : free) {
      if (one) {
        return free;
      }
    }
    throw new IllegalArgumentException(
        "the steps determine none of the constants; measure steps of different tokens, adapters,"
            + " slots and ranks");
  }

  private CalibrationProfile profileAt(double[] values, String words, int count) {
    Map<Constant, Double> constants = new EnumMap<>(start.constants());
    for (int c = 0; c < values.length; c++) {
      constants.put(FREE.get(c), values[c]);
    }
    return start.withConstants(
        constants,
        "fitted on " + count + " kinds of steps" + words + ", started from: " + start.provenance(),
        "not scored yet");
  }

  private CalibrationFit result(
      List<MeasuredStep> used, CalibrationProfile fitted, boolean[] identified, double[][] factor) {
    double[] made = used.stream().mapToDouble(row -> seconds(fitted, row)).toArray();
    List<CalibrationError> errors = errors(used, made);
    List<FittedConstant> constants = new ArrayList<>();
    List<double[]> rowsOfFactor = new ArrayList<>();
    for (int c = 0; c < FREE.size(); c++) {
      double[] row = FittedConstant.inUnits(factor[c], unit[c]);
      rowsOfFactor.add(row);
      Constant constant = FREE.get(c);
      constants.add(FittedConstant.of(constant, fitted.get(constant), row, identified[c]));
    }
    CalibrationProfile scored =
        fitted.withConstants(
            fitted.constants(),
            fitted.provenance(),
            String.format(
                Locale.ROOT,
                "smape_paper of the step time in sample over %d kinds of steps: %.2f",
                used.size(),
                errors.get(0).tokenTime()));
    List<Constant> names = constants.stream().map(FittedConstant::constant).toList();
    double share = spread(used.stream().mapToDouble(MeasuredStep::seconds).toArray(), made);
    return new CalibrationFit(
        scored.withUncertainty(new ProfileUncertainty(names, rowsOfFactor, share)),
        constants,
        errors,
        rowsOfFactor);
  }

  /** Standard deviation of made over measured that a normal law of the same median has. */
  private static double spread(double[] measured, double[] made) {
    double[] off = new double[made.length];
    for (int r = 0; r < off.length; r++) {
      off[r] = StrictMath.log(made[r] / measured[r]);
    }
    return RobustLeastSquares.spread(off);
  }

  /** Errors over all rows and by token regime; a row counts as often as in the fit. */
  private static List<CalibrationError> errors(List<MeasuredStep> some, double[] made) {
    ImmutableList.Builder<CalibrationError> errors = ImmutableList.builder();
    int[] bounds = {0, LOW_TOKENS, MANY_TOKENS, Integer.MAX_VALUE};
    String[] names = {"at most 120 tokens", "121 to 512 tokens", "above 512 tokens"};
    errors.add(error("all", some, made, 0, Integer.MAX_VALUE));
    for (int i = 0; i < names.length; i++) {
      errors.add(error(names[i], some, made, bounds[i], bounds[i + 1]));
    }
    return errors.build();
  }

  private static CalibrationError error(
      String name, List<MeasuredStep> some, double[] made, int above, int most) {
    double sum = 0;
    double weights = 0;
    int count = 0;
    for (int r = 0; r < made.length; r++) {
      MeasuredStep row = some.get(r);
      if (row.tokens() > above && row.tokens() <= most) {
        double weight = row.steps() / (row.steps() + FEW_STEPS);
        sum += weight * 100 * Math.abs(made[r] - row.seconds()) / (made[r] + row.seconds());
        weights += weight;
        count++;
      }
    }
    return new CalibrationError(name, count, Double.NaN, sum / weights, Double.NaN);
  }
}
