package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code adaptertwin gpus}: the catalogue of cards. */
@Command(
    name = "gpus",
    description = "Lists the GPUs that are known by name.",
    mixinStandardHelpOptions = true,
    footer = {"", "Examples:", "  adaptertwin gpus", "  adaptertwin gpus --json"})
final class GpusCommand implements Callable<Integer> {
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    if (output.isJson()) {
      output.json(Gpus.all().stream().map(GpusCommand::tree).toList());
      return Main.DONE;
    }
    output
        .out()
        .printf("%-18s %-14s %10s %10s %12s%n", "name", "architecture", "GiB", "GB/s", "bf16 TF/s");
    for (GpuSpec gpu : Gpus.all()) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-18s %-14s %10.1f %10.0f %12.0f%n",
              gpu.name(),
              gpu.architecture(),
              gpu.memoryGib(),
              gpu.bandwidthBytesPerSecond() / GIGA,
              gpu.bf16FlopsPerSecond() / TERA);
    }
    return Main.DONE;
  }

  private static Object tree(GpuSpec gpu) {
    return JsonText.object(
        "name", gpu.name(),
        "architecture", gpu.architecture(),
        "memoryBytes", gpu.memoryBytes(),
        "bandwidthBytesPerSecond", gpu.bandwidthBytesPerSecond(),
        "bf16FlopsPerSecond", gpu.bf16FlopsPerSecond());
  }
}
