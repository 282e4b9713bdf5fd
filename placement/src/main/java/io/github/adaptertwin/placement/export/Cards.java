package io.github.adaptertwin.placement.export;

import io.github.adaptertwin.placement.Placement;

/** Counts cards where several of them share the model: a GPU of a plan is then a set of cards. */
final class Cards {
  private Cards() {}

  /** {@return cards of all GPUs of a plan} */
  static int of(Placement plan) {
    return plan.gpus().stream().mapToInt(gpu -> gpu.flags().tensorParallel()).sum();
  }

  /** {@return how many GPUs a plan takes, in words, and how many cards if those are more} */
  static String words(Placement plan) {
    int gpus = plan.gpus().size();
    int cards = of(plan);
    String counted = gpus + (gpus == 1 ? " GPU" : " GPUs");
    return cards == gpus ? counted : counted + " (tensor parallel, " + cards + " cards)";
  }
}
