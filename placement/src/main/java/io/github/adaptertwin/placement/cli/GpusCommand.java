package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.WeightType;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code adaptertwin gpus}: the catalogue of cards. */
@Command(
    name = "gpus",
    description = "Lists the GPUs that are known by name.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  adaptertwin gpus",
      "  adaptertwin gpus --json",
      "  adaptertwin gpus --catalogue mine.json"
    })
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
        .printf(
            "%-18s %-14s %10s %10s %12s %10s %10s%n",
            "name", "architecture", "GiB", "GB/s", "bf16 TF/s", "fp8 TF/s", "int8 TO/s");
    for (GpuSpec gpu : Gpus.all()) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-18s %-14s %10.1f %10.0f %12.0f %10s %10s%n",
              gpu.name(),
              gpu.architecture(),
              gpu.memoryGib(),
              gpu.bandwidthBytesPerSecond() / GIGA,
              gpu.bf16FlopsPerSecond() / TERA,
              rate(gpu, WeightType.FP8),
              rate(gpu, WeightType.INT8));
    }
    return Main.DONE;
  }

  /** Without a rate of its own a type runs at that of bf16. */
  private static String rate(GpuSpec gpu, WeightType type) {
    double own = gpu.flopsPerSecond(type);
    return own > gpu.bf16FlopsPerSecond() ? String.format(Locale.ROOT, "%.0f", own / TERA) : "-";
  }

  private static Object tree(GpuSpec gpu) {
    return JsonText.object(
        "name", gpu.name(),
        "architecture", gpu.architecture(),
        "memoryBytes", gpu.memoryBytes(),
        "bandwidthBytesPerSecond", gpu.bandwidthBytesPerSecond(),
        "bf16FlopsPerSecond", gpu.bf16FlopsPerSecond(),
        "fp8FlopsPerSecond", gpu.flopsPerSecond(WeightType.FP8),
        "int8OpsPerSecond", gpu.flopsPerSecond(WeightType.INT8),
        "linkBytesPerSecond", gpu.linkBytesPerSecond(),
        "source", gpu.source());
  }
}
