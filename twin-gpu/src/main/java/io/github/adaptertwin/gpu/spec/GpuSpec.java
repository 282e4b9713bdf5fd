package io.github.adaptertwin.gpu.spec;

import java.io.Serializable;
import java.util.Locale;

/**
 * One kind of GPU: hardware only. Built with {@link #builder(String)}; immutable and thread-safe.
 * Two specs are equal if all their figures are.
 */
public final class GpuSpec implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final double GIB = 1L << 30;

  private final String name;
  private final String architecture;
  private final long memoryBytes;
  private final double bandwidthBytesPerSecond;
  private final double bf16FlopsPerSecond;
  private final int smCount;
  private final String source;

  private GpuSpec(Builder b) {
    name = b.name;
    architecture = b.architecture;
    memoryBytes = Math.round(positive("memory in GiB", b.memoryGib) * GIB);
    bandwidthBytesPerSecond = positive("bandwidth in bytes/s", b.bandwidthBytesPerSecond);
    bf16FlopsPerSecond = positive("bf16 FLOP/s", b.bf16FlopsPerSecond);
    smCount = (int) positive("SM count", b.smCount);
    source = b.source;
    // A figure in GB/s or TFLOP/s where bytes/s or FLOP/s belong is off by nine orders or more.
    if (bandwidthBytesPerSecond < 1e9 || bf16FlopsPerSecond < 1e11) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "GPU '%s' has %.3g bytes/s and %.3g FLOP/s, no GPU is so slow; give bytes/s, not"
                  + " GB/s, and FLOP/s, not TFLOP/s",
              name,
              bandwidthBytesPerSecond,
              bf16FlopsPerSecond));
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
