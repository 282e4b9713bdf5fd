package io.github.adaptertwin.gpu.spec;

import java.io.Serializable;
import java.util.Locale;

/**
 * One kind of GPU: hardware only. Built with {@link #builder(String)}; immutable and thread-safe.
 * Two specs are equal if names and all figures that must be given are: those of other data types
 * and of links, which a plan does not write down, take no part.
 */
public final class GpuSpec implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final double GIB = 1L << 30;
  private static final int LEAST_LINKED = 2;

  private final String name;
  private final String architecture;
  private final long memoryBytes;
  private final double bandwidthBytesPerSecond;
  private final double bf16FlopsPerSecond;
  private final double fp8FlopsPerSecond;
  private final double int8OpsPerSecond;
  private final double linkBytesPerSecond;
  private final double hostLinkBytesPerSecond;
  private final int linkedGpus;
  private final int smCount;
  private final String source;

  private GpuSpec(Builder b) {
    name = b.name;
    architecture = b.architecture;
    memoryBytes = Math.round(positive("memory in GiB", b.memoryGib) * GIB);
    bandwidthBytesPerSecond = positive("bandwidth in bytes/s", b.bandwidthBytesPerSecond);
    bf16FlopsPerSecond = positive("bf16 FLOP/s", b.bf16FlopsPerSecond);
    fp8FlopsPerSecond = optional("fp8 FLOP/s", b.fp8FlopsPerSecond);
    int8OpsPerSecond = optional("int8 operations/s", b.int8OpsPerSecond);
    linkBytesPerSecond = optional("link in bytes/s", b.linkBytesPerSecond);
    hostLinkBytesPerSecond = optional("host link in bytes/s", b.hostLinkBytesPerSecond);
    linkedGpus = b.linkedGpus;
    smCount = (int) positive("SM count", b.smCount);
    source = b.source;
    // Figures in another unit are off by three orders or more and end outside of all GPUs.
    within("memory in GiB", b.memoryGib, 2, 2048, "GiB, not bytes or MiB");
    within("bandwidth", bandwidthBytesPerSecond, 5e10, 5e13, "bytes/s, not GB/s or TB/s");
    within("bf16 peak", bf16FlopsPerSecond, 5e12, 5e16, "FLOP/s, not TFLOP/s");
    within("SM count", smCount, 4, 2048, "multiprocessors, not cores");
    if (fp8FlopsPerSecond > 0) {
      within("fp8 peak", fp8FlopsPerSecond, 5e12, 1e17, "FLOP/s, not TFLOP/s");
    }
    if (int8OpsPerSecond > 0) {
      within("int8 peak", int8OpsPerSecond, 5e12, 1e17, "operations/s, not TOPS");
    }
    if (linkBytesPerSecond > 0) {
      within("link", linkBytesPerSecond, 1e9, 1e13, "bytes/s of one direction, not GB/s");
    }
    if (linkedGpus < LEAST_LINKED) {
      throw new IllegalArgumentException(
          "GPU '" + name + "': links join " + linkedGpus + " GPUs, must be at least 2 (a bridge)");
    }
    if (hostLinkBytesPerSecond > 0) {
      within("host link", hostLinkBytesPerSecond, 1e9, 2e12, "bytes/s of one direction, not GB/s");
    }
  }

  private double optional(String what, double value) {
    return value == 0 ? 0 : positive(what, value);
  }

  private void within(String what, double value, double least, double most, String unit) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "GPU '%s': %s is %.4g, no GPU is outside [%.3g, %.3g]; give %s",
              name,
              what,
              value,
              least,
              most,
              unit));
    }
  }

  private double positive(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          "GPU '" + name + "': " + what + " is " + value + ", must be finite and above 0");
    }
    return value;
  }

  /**
   * Starts a spec.
   *
   * @param name how users call the card, not blank
   * @return a builder in which every figure still has to be set
   */
  public static Builder builder(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("GPU name is blank");
    }
    return new Builder(name);
  }

  /** {@return how users call the card} */
  public String name() {
    return name;
  }

  /** {@return the vendor's name of the architecture, such as {@code Hopper}} */
  public String architecture() {
    return architecture;
  }

  /** {@return memory that the driver reports as total, in bytes} */
  public long memoryBytes() {
    return memoryBytes;
  }

  /** {@return memory that the driver reports as total, in GiB} */
  public double memoryGib() {
    return memoryBytes / GIB;
  }

  /** {@return memory bandwidth of the data sheet, in bytes per second} */
  public double bandwidthBytesPerSecond() {
    return bandwidthBytesPerSecond;
  }

  /** {@return dense bf16 peak of the data sheet, in floating-point operations per second} */
  public double bf16FlopsPerSecond() {
    return bf16FlopsPerSecond;
  }

  /**
   * {@return dense rate at which matrix products with weights of a type run: that of the data sheet
   * for fp8 and int8 where it gives one, else the bf16 peak, in which the weights are then
   * unpacked}
   *
   * @param type data type of the weights
   */
  public double flopsPerSecond(WeightType type) {
    double own =
        switch (type) {
          case FP8 -> fp8FlopsPerSecond;
          case INT8 -> int8OpsPerSecond;
          case BF16, INT4 -> 0;
        };
    return own > 0 ? own : bf16FlopsPerSecond;
  }

  /**
   * {@return bandwidth to the other GPUs of a node in one direction, in bytes per second: NVLink
   * where there is one, else the host link; 0 if it was not given}
   */
  public double linkBytesPerSecond() {
    return linkBytesPerSecond > 0 ? linkBytesPerSecond : hostLinkBytesPerSecond;
  }

  /**
   * {@return bandwidth among the GPUs of a group in one direction, in bytes per second: that of
   * {@link #linkBytesPerSecond()}, or of the host link where the group is larger than what the
   * links join; 0 if it was not given}
   *
   * @param gpus GPUs of the group, at least 1
   */
  public double linkBytesPerSecond(int gpus) {
    return gpus <= linkedGpus ? linkBytesPerSecond() : hostLinkBytesPerSecond;
  }

  /**
   * {@return how many GPUs the links join directly, at least 2: 2 where a bridge joins pairs,
   * {@link Integer#MAX_VALUE} where all of a node are joined}
   */
  public int linkedGpus() {
    return linkedGpus;
  }

  /** {@return bandwidth to the host in one direction, in bytes per second; 0 if not given} */
  public double hostLinkBytesPerSecond() {
    return hostLinkBytesPerSecond;
  }

  /** {@return streaming multiprocessors} */
  public int smCount() {
    return smCount;
  }

  /** {@return where the figures come from} */
  public String source() {
    return source;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GpuSpec g
        && name.equals(g.name)
        && memoryBytes == g.memoryBytes
        && bandwidthBytesPerSecond == g.bandwidthBytesPerSecond
        && bf16FlopsPerSecond == g.bf16FlopsPerSecond
        && smCount == g.smCount;
  }

  /** Whether the optional figures are the same, too. */
  boolean sameFigures(GpuSpec g) {
    return equals(g)
        && fp8FlopsPerSecond == g.fp8FlopsPerSecond
        && int8OpsPerSecond == g.int8OpsPerSecond
        && linkBytesPerSecond == g.linkBytesPerSecond
        && linkedGpus == g.linkedGpus
        && hostLinkBytesPerSecond == g.hostLinkBytesPerSecond;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }

  /** Collects the figures of a {@link GpuSpec}; not thread-safe. */
  public static final class Builder {
    private final String name;
    private String architecture = "";
    private double memoryGib;
    private double bandwidthBytesPerSecond;
    private double bf16FlopsPerSecond;
    private double fp8FlopsPerSecond;
    private double int8OpsPerSecond;
    private double linkBytesPerSecond;
    private double hostLinkBytesPerSecond;
    private int linkedGpus = Integer.MAX_VALUE;
    private double smCount;
    private String source = "given by the user";

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Sets the architecture.
     *
     * @param value such as {@code Hopper}
     * @return this
     */
    public Builder architecture(String value) {
      architecture = value;
      return this;
    }

    /**
     * Sets the memory that the driver reports as total.
     *
     * @param gib above 0
     * @return this
     */
    public Builder memoryGib(double gib) {
      memoryGib = gib;
      return this;
    }

    /**
     * Sets the memory bandwidth.
     *
     * @param value bytes per second, above 0
     * @return this
     */
    public Builder bandwidthBytesPerSecond(double value) {
      bandwidthBytesPerSecond = value;
      return this;
    }

    /**
     * Sets the dense bf16 peak.
     *
     * @param value floating-point operations per second, above 0
     * @return this
     */
    public Builder bf16FlopsPerSecond(double value) {
      bf16FlopsPerSecond = value;
      return this;
    }

    /**
     * Sets the dense fp8 peak; without it fp8 weights are unpacked to bf16.
     *
     * @param value floating-point operations per second, above 0, or 0 if there is none
     * @return this
     */
    public Builder fp8FlopsPerSecond(double value) {
      fp8FlopsPerSecond = value;
      return this;
    }

    /**
     * Sets the dense int8 peak; without it int8 weights are unpacked to bf16.
     *
     * @param value operations per second, above 0, or 0 if there is none
     * @return this
     */
    public Builder int8OpsPerSecond(double value) {
      int8OpsPerSecond = value;
      return this;
    }

    /**
     * Sets the bandwidth to the other GPUs of a node, NVLink or the like.
     *
     * @param value bytes per second in one direction, above 0, or 0 if there is only the host link
     * @return this
     */
    public Builder linkBytesPerSecond(double value) {
      linkBytesPerSecond = value;
      return this;
    }

    /**
     * Sets the bandwidth to the host.
     *
     * @param value bytes per second in one direction, above 0, or 0 if it is not known
     * @return this
     */
    public Builder hostLinkBytesPerSecond(double value) {
      hostLinkBytesPerSecond = value;
      return this;
    }

    /**
     * Sets how many GPUs the links join directly; without it all of a node.
     *
     * @param value at least 2; 2 for a bridge between pairs
     * @return this
     */
    public Builder linkedGpus(int value) {
      linkedGpus = value;
      return this;
    }

    /**
     * Sets the number of streaming multiprocessors.
     *
     * @param value above 0
     * @return this
     */
    public Builder smCount(int value) {
      smCount = value;
      return this;
    }

    /**
     * Says where the figures come from.
     *
     * @param value free text
     * @return this
     */
    public Builder source(String value) {
      source = value;
      return this;
    }

    /**
     * Checks the figures and makes the spec.
     *
     * @return the spec
     * @throws IllegalArgumentException if a figure is missing, not positive or in a wrong unit
     */
    public GpuSpec build() {
      return new GpuSpec(this);
    }
  }
}
