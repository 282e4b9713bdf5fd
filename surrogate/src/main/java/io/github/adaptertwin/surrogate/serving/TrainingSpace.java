package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
import java.io.Serializable;
import java.util.List;

/**
 * The loads that a surrogate is to know: ranges of what varies from run to run. Made by {@link
 * #builder}; immutable and thread-safe.
 */
public final class TrainingSpace implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Rows of the law that lengths of another mean are scaled from. */
  private static final int SCALED_ROWS = 4096;

  private static final double SMALLEST_SLOT_SHARE = 1.0 / 8;

  /** Coordinates that a load is made of. */
  static final int DIMENSIONS = 10;

  final Range adapters;
  final Range utilisation;
  final Range spread;
  final Range dispersion;
  final Range inputScale;
  final Range outputScale;
  final ImmutableList<Integer> ranks;
  final ImmutableList<Integer> maxNumSeqs;
  final LengthLaw lengths;
  final EngineFlags flags;
  final int leastSlots;

  private TrainingSpace(Builder b) {
    adapters = b.adapters;
    utilisation = b.utilisation;
    spread = b.spread;
    dispersion = b.dispersion;
    inputScale = b.inputScale;
    outputScale = b.outputScale;
    ranks = ImmutableList.copyOf(b.ranks);
    maxNumSeqs = ImmutableList.copyOf(b.maxNumSeqs);
    lengths = b.lengths;
    flags = b.flags;
    leastSlots = b.leastSlots;
    if (leastSlots < 1) {
      throw new IllegalArgumentException("least slots are " + leastSlots + ", must be at least 1");
    }
    if (ranks.isEmpty() || maxNumSeqs.isEmpty()) {
      throw new IllegalArgumentException(
          "there are "
              + ranks.size()
              + " ranks and "
              + maxNumSeqs.size()
              + " numbers of sequences; give at least one of each");
    }
    if (!(dispersion.least() >= 1)) {
      throw new IllegalArgumentException(
          "least dispersion is " + dispersion.least() + ", must be at least 1 (Poisson)");
    }
    if (!(spread.least() >= 1)) {
      throw new IllegalArgumentException(
          "least spread of rates is " + spread.least() + ", must be at least 1 (all alike)");
    }
  }

  /**
   * Numbers between two bounds, drawn evenly in their logarithm.
   *
   * @param least smallest, above 0
   * @param most largest, at least the smallest
   */
  public record Range(double least, double most) implements Serializable {
    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if they are not 0 &lt; least &lt;= most
     */
    public Range {
      if (!(least > 0 && most >= least && most < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "range is [" + least + ", " + most + "]; must be 0 < least <= most");
      }
    }

    double at(double unit) {
      return least * StrictMath.pow(most / least, unit);
    }
  }

  /** What one point of a design stands for, before the rate is known. */
  record Draw(
      int adapters,
      int slots,
      List<Integer> ranks,
      double utilisation,
      double spread,
      double dispersion,
      double inputScale,
      double outputScale,
      int maxNumSeqs)
      implements Serializable {}

  /**
   * Starts a space.
   *
   * @param lengths law of request lengths
   * @param flags flags of every load but slots, ranks, sequences and model length
   * @return a builder with 4 to 512 adapters of rank 8, 16 or 32, a load of .15 to 3 times the
   *     fluid capacity, rates that differ by a factor of 1 to 64, Poisson arrivals, lengths as they
   *     are, and the sequences of the flags
   */
  public static Builder builder(LengthLaw lengths, EngineFlags flags) {
    return new Builder(lengths, flags);
  }

  Draw draw(double[] unit) {
    int n = (int) Math.round(adapters.at(unit[0]));
    // A quarter of the loads has a slot for every adapter, the others from an eighth part up.
    double share = unit[1] >= 0.75 ? 1 : StrictMath.pow(SMALLEST_SLOT_SHARE, 1 - unit[1] / 0.75);
    int slots = (int) Math.max(Math.min(n, leastSlots), Math.round(n * share));
    int first = (int) (unit[2] * ranks.size());
    int last = first + (int) (unit[3] * (ranks.size() - first));
    boolean poisson = dispersion.most() == 1 || unit[6] < 0.5;
    return new Draw(
        n,
        slots,
        ranks.subList(first, last + 1),
        utilisation.at(unit[4]),
        spread.at(unit[5]),
        poisson ? 1 : dispersion.at(2 * unit[6] - 1),
        inputScale.at(unit[7]),
        outputScale.at(unit[8]),
        maxNumSeqs.get((int) (unit[9] * maxNumSeqs.size())));
  }

  /** The law of lengths with its means scaled. */
  LengthLaw lengths(Draw draw, long seed) {
    if (draw.inputScale() == 1 && draw.outputScale() == 1) {
      return lengths;
    }
    RandomStream stream = new RandomStreams(seed).stream("training/lengths", 0);
    int[] input = new int[SCALED_ROWS];
    int[] output = new int[SCALED_ROWS];
    for (int i = 0; i < SCALED_ROWS; i++) {
      long pair = lengths.draw(stream);
      input[i] = (int) Math.max(1, Math.round(LengthLaw.input(pair) * draw.inputScale()));
      output[i] = (int) Math.max(1, Math.round(LengthLaw.output(pair) * draw.outputScale()));
    }
    return PooledLengths.ofRows(input, output);
  }

  /** Tells laws of equal means apart by what they draw. */
  private static long digest(LengthLaw law) {
    RandomStream stream = new RandomStreams(0).stream("training/digest", 0);
    long digest = 0;
    for (int i = 0; i < 256; i++) {
      digest = 31 * digest + law.draw(stream);
    }
    return digest;
  }

  /** {@return the space in words, for a manifest} */
  String describe() {
    return "adapters "
        + adapters
        + ", ranks "
        + ranks
        + ", utilisation "
        + utilisation
        + ", spread "
        + spread
        + ", dispersion "
        + dispersion
        + ", input scale "
        + inputScale
        + ", output scale "
        + outputScale
        + ", max_num_seqs "
        + maxNumSeqs
        + ", mean lengths "
        + lengths.meanInputTokens()
        + " and "
        + lengths.meanOutputTokens()
        + " (law "
        + Long.toHexString(digest(lengths))
        + ")"
        + ", least slots "
        + leastSlots
        + ", flags "
        + flags;
  }

  /** Collects ranges; not thread-safe. */
  public static final class Builder {
    private final LengthLaw lengths;
    private final EngineFlags flags;
    private Range adapters = new Range(4, 512);
    private Range utilisation = new Range(0.15, 3);
    private Range spread = new Range(1, 64);
    private Range dispersion = new Range(1, 1);
    private Range inputScale = new Range(1, 1);
    private Range outputScale = new Range(1, 1);
    private List<Integer> ranks = ImmutableList.of(8, 16, 32);
    private List<Integer> maxNumSeqs;
    private int leastSlots = 1;

    private Builder(LengthLaw lengths, EngineFlags flags) {
      this.lengths = lengths;
      this.flags = flags;
      maxNumSeqs = ImmutableList.of(flags.maxNumSeqs());
    }

    /**
     * {@return this}
     *
     * @param least fewest adapters of a load, at least 1
     * @param most most adapters
     */
    public Builder adapters(int least, int most) {
      adapters = new Range(least, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param least smallest load as a multiple of what the GPU would carry if requests were a fluid
     * @param most largest
     */
    public Builder utilisation(double least, double most) {
      utilisation = new Range(least, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param least smallest ratio between the rates of the most and the least wanted adapter, at
     *     least 1
     * @param most largest
     */
    public Builder spread(double least, double most) {
      spread = new Range(least, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param most largest index of dispersion of the arrivals; half of the loads are Poisson, the
     *     others have Gamma gaps with a dispersion from 1 to this
     */
    public Builder dispersion(double most) {
      dispersion = new Range(1, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param least smallest factor for input lengths
     * @param most largest
     */
    public Builder inputScale(double least, double most) {
      inputScale = new Range(least, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param least smallest factor for output lengths
     * @param most largest
     */
    public Builder outputScale(double least, double most) {
      outputScale = new Range(least, most);
      return this;
    }

    /**
     * {@return this}
     *
     * @param value ranks that are dealt to adapters, ascending; a load mixes neighbours
     */
    public Builder ranks(List<Integer> value) {
      ranks = ImmutableList.copyOf(value);
      return this;
    }

    /**
     * {@return this}
     *
     * @param value {@code max_num_seqs} of the loads, each at most the step's token budget
     */
    public Builder maxNumSeqs(List<Integer> value) {
      maxNumSeqs = ImmutableList.copyOf(value);
      return this;
    }

    /**
     * {@return this}
     *
     * @param value fewest slots of a load with as many adapters, at least 1; a load with fewer
     *     adapters has a slot for each
     */
    public Builder leastSlots(int value) {
      leastSlots = value;
      return this;
    }

    /**
     * Makes the space.
     *
     * @return the space
     * @throws IllegalArgumentException if a list is empty or a bound below what it may be
     */
    public TrainingSpace build() {
      return new TrainingSpace(this);
    }
  }
}
