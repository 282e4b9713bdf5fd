package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import picocli.CommandLine.Option;

/** Which card a command speaks of; the same option with the same default everywhere. */
final class GpuInput {
  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      defaultValue = "h100-64gb-sxm",
      description = "Kind of GPU, see the gpus command (default: ${DEFAULT-VALUE}).")
  private String gpu = "";

  /** {@return the card as the catalogue has it} */
  GpuSpec card() {
    return Gpus.named(gpu);
  }

  /** {@return the card's name as the user spelt it} */
  String name() {
    return gpu;
  }
}
