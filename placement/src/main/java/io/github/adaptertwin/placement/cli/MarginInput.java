package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.PlacementOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** What a plan may use, and what it must bear. */
final class MarginInput {
  private static final double BYTES_PER_GIB = 1L << 30;

  /** More than any host has; what is above is a slip of units. */
  private static final double MOST_GIB = 1L << 20;

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "Most GPUs that may be used (default: no limit).")
  private @Nullable Integer gpus;

  @Option(
      names = "--headroom",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Share by which traffic may grow without breaking a rule (default: ${DEFAULT-VALUE}).")
  private double headroom;

  @Option(
      names = "--burst-cv",
      paramLabel = "CV",
      defaultValue = "1",
      description =
          "Coefficient of variation of gaps for which the rules must hold (default:"
              + " ${DEFAULT-VALUE}, the traffic as it comes).")
  private double burstCv;

  @Option(names = "--survive-loss", description = "Plan so that any one GPU may fail.")
  private boolean survivesLoss;

  @Option(names = "--no-sharing", description = "Serve every adapter on one GPU only.")
  private boolean alone;

  @Option(
      names = "--host-memory-gib",
      paramLabel = "GIB",
      defaultValue = "Infinity",
      showDefaultValue = Visibility.NEVER,
      description =
          "Host memory of each GPU for its adapters, which all stay pinned there (default: no"
              + " limit).")
  private double hostMemoryGib;

  boolean hasMostGpus() {
    return gpus != null;
  }

  /** {@return most GPUs, or {@link GpuOffer#UNLIMITED}} */
  int mostGpus() {
    return gpus == null ? GpuOffer.UNLIMITED : gpus;
  }

  private static long bytes(double gib) {
    if (!(gib > 0 && gib <= MOST_GIB)) {
      throw new IllegalArgumentException(
          "host memory is " + gib + " GiB, must be above 0 and at most " + (long) MOST_GIB);
    }
    return (long) Math.max(1, gib * BYTES_PER_GIB);
  }

  /**
   * {@return options with these margins, and all threads of the machine}
   *
   * @throws IllegalArgumentException if an option is outside its bounds
   */
  PlacementOptions.Builder builder() {
    PlacementOptions.Builder builder =
        PlacementOptions.builder()
            .headroom(headroom)
            .burstGapCv(burstCv)
            .survivesLoss(survivesLoss)
            .replication(!alone)
            .threads(Runtime.getRuntime().availableProcessors());
    if (hostMemoryGib != Double.POSITIVE_INFINITY) {
      builder.hostMemoryBytes(bytes(hostMemoryGib));
    }
    return builder;
  }
}
