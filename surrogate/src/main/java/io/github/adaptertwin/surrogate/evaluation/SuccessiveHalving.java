package io.github.adaptertwin.surrogate.evaluation;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the best of many trainers (K. Jamieson and A. Talwalkar, "Non-stochastic best arm
 * identification and hyperparameter optimization", AISTATS 2016): all are cross-validated on a few
 * rows, the better part goes on with more rows, until one is left or all rows are in use. Ties go
 * to the trainer that comes first. Immutable and thread-safe.
 *
 * @param factor by which the trainers become fewer and the rows more in each round, at least 2
 * @param firstRows rows of the first round, at least 2 * folds
 * @param folds folds of the cross-validation, at least 2
 * @param seed of the rows that are drawn and of the folds
 */
public record SuccessiveHalving(int factor, int firstRows, int folds, long seed) {
  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is outside its bound
   */
  public SuccessiveHalving {
    if (factor < 2 || folds < 2 || firstRows < 2 * folds) {
      throw new IllegalArgumentException(
          "factor is "
              + factor
              + ", folds are "
              + folds
              + " and first rows "
              + firstRows
              + "; at least 2, 2 and twice the folds are needed");
    }
  }

  /**
   * What became of one trainer.
   *
   * @param candidate its index
   * @param rows rows of its last round
   * @param error its cross-validated error there
   */
  public record Standing(int candidate, int rows, double error) {}

  /**
   * Searches.
   *
   * @param candidates the trainers, at least one
   * @param data the rows
   * @param measure what is made small
   * @param workers who trains side by side; the result does not depend on them
   * @return all trainers, best first: those of later rounds before those of earlier ones
   * @throws IllegalArgumentException if there is no candidate, or there are fewer rows than the
   *     first round asks for
   */
  public List<Standing> search(
      List<? extends Trainer<?>> candidates, Dataset data, ErrorMeasure measure, Workers workers) {
    if (candidates.isEmpty() || data.rows() < firstRows) {
      throw new IllegalArgumentException(
          "there are "
              + candidates.size()
              + " candidates and "
              + data.rows()
              + " rows; at least one and "
              + firstRows
              + " are needed");
    }
    int[] order = shuffled(data.rows());
    List<Standing> dropped = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int c = 0; c < candidates.size(); c++) {
      left.add(c);
    }
    long wanted = firstRows;
    while (true) {
      int rows = (int) Math.min(data.rows(), wanted);
      List<Standing> round =
          judge(candidates, left, data, Arrays.copyOf(order, rows), measure, workers);
      if (left.size() == 1 || rows == data.rows()) {
        round.addAll(dropped);
        return ImmutableList.copyOf(round);
      }
      int stay = Math.max(1, left.size() / factor);
      dropped.addAll(0, round.subList(stay, round.size()));
      left = round.subList(0, stay).stream().map(Standing::candidate).sorted().toList();
      wanted *= factor;
    }
  }

  private List<Standing> judge(
      List<? extends Trainer<?>> candidates,
      List<Integer> left,
      Dataset data,
      int[] some,
      ErrorMeasure measure,
      Workers workers) {
    Dataset part = data.select(some);
    double[] truth = part.targets();
    CrossValidation splits = CrossValidation.kFold(some.length, folds, seed);
    double[] errors = new double[left.size()];
    workers.forEach(
        errors.length,
        i -> {
          try (Workers alone = new Workers(1)) {
            double[] predicted = splits.predict(candidates.get(left.get(i)), part, alone);
            errors[i] = measure.of(truth, predicted);
          }
        });
    List<Standing> round = new ArrayList<>();
    for (int i = 0; i < errors.length; i++) {
      round.add(new Standing(left.get(i), some.length, errors[i]));
    }
    // Stable, and NaN comes last.
    round.sort(Comparator.comparingDouble(Standing::error));
    return round;
  }

  private int[] shuffled(int rows) {
    RandomStream stream = new RandomStreams(seed).stream("successive-halving", 0);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = stream.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
