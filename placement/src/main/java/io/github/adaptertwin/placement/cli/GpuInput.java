package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which card a command speaks of; the same option with the same default everywhere. */
final class GpuInput {
  private static final String USUAL = "h100-64gb-sxm";

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      description = "Kind of GPU, see the gpus command (default: " + USUAL + ").")
  private @Nullable String gpu;

  /** {@return the card as the catalogue has it} */
  GpuSpec card() {
    return Gpus.named(name());
  }

  /** {@return whether the user has named a card} */
  boolean isGiven() {
    return gpu != null;
  }

  /** {@return the card's name as the user spelt it} */
  String name() {
    return gpu == null ? USUAL : gpu;
  }
}
