package io.github.adaptertwin.placement.bound;

/**
 * A number of GPUs below which no plan can serve the workload, over a capacity that errs on the
 * optimistic side.
 *
 * @param fractionalGpus the bound before rounding, at least 0
 * @param gpus the bound, at least 1
 * @param method how it was found, in a few words
 */
public record LowerBound(double fractionalGpus, int gpus, String method) {
  /**
   * Checks the bound.
   *
   * @throws IllegalArgumentException if it is below 1 GPU or not a number
   */
  public LowerBound {
    if (!(fractionalGpus >= 0) || gpus < 1) {
      throw new IllegalArgumentException(
          "bound is " + fractionalGpus + " or " + gpus + " GPUs; must be at least 0 and 1");
    }
  }

  /**
   * {@return by which share a plan is above the bound; at 0 it is optimal if the optimistic
   * capacity holds}
   *
   * @param planned GPUs of the plan
   */
  public double gap(int planned) {
    return (planned - gpus) / (double) gpus;
  }
}
