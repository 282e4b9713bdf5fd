package io.github.adaptertwin.workload.arrival;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Poisson arrivals whose rate is constant on pieces of time, which come again from the first when
 * the last is over. Mean, gap CV and dispersion are exact for a time that is random within the
 * cycle.
 *
 * @param pieces in order, at least one with a rate above 0
 */
public record PiecewiseArrivals(List<Piece> pieces) implements ArrivalLaw {
  /**
   * A piece of time.
   *
   * @param seconds its length, finite and at least 1e-6
   * @param ratePerSecond arrivals per second, in [0, 1e6]
   */
  public record Piece(double seconds, double ratePerSecond) implements Serializable {
    /** Checks length and rate. */
    public Piece {
      ArrivalLaw.checkedStateSeconds("length of a piece", seconds);
      if (!(ratePerSecond >= 0 && ratePerSecond <= MAX_RATE_PER_SECOND)) {
        throw new IllegalArgumentException(
            "rate of a piece is "
                + ratePerSecond
                + " arrivals/s, must be in [0, 1e6]; is it per minute?");
      }
    }

    double arrivals() {
      return seconds * ratePerSecond;
    }
  }

  /** Takes an unmodifiable copy and checks it. */
  public PiecewiseArrivals {
    pieces = ImmutableList.copyOf(pieces);
    if (!(pieces.stream().mapToDouble(Piece::arrivals).sum() > 0)) {
      throw new IllegalArgumentException(
          "none of the " + pieces.size() + " pieces has arrivals; give one a rate above 0");
    }
  }

  private double cycleSeconds() {
    return pieces.stream().mapToDouble(Piece::seconds).sum();
  }

  @Override
  public double ratePerSecond() {
    return pieces.stream().mapToDouble(Piece::arrivals).sum() / cycleSeconds();
  }

  /**
   * {@inheritDoc} By the inversion formula E X^2 = 2 E X * the mean time to the next arrival, which
   * is followed backwards through the pieces.
   */
  @Override
  public double gapCv() {
    // Mean time to the next arrival at the begin of a cycle: x = constant + factor * x.
    double constant = 0;
    double arrivals = 0;
    for (int i = pieces.size() - 1; i >= 0; i--) {
      Piece p = pieces.get(i);
      double survives = StrictMath.exp(-p.arrivals());
      constant = waitWithin(p) + survives * constant;
      arrivals += p.arrivals();
    }
    double ahead = constant / -StrictMath.expm1(-arrivals);
    double sum = 0;
    for (int i = pieces.size() - 1; i >= 0; i--) {
      Piece p = pieces.get(i);
      double lambda = p.ratePerSecond();
      if (lambda == 0) {
        sum += p.seconds() * (p.seconds() / 2 + ahead);
      } else {
        double survived = -StrictMath.expm1(-p.arrivals()) / lambda;
        sum += (p.seconds() - survived) / lambda + survived * ahead;
      }
      ahead = waitWithin(p) + StrictMath.exp(-p.arrivals()) * ahead;
    }
    return StrictMath.sqrt(2 * ratePerSecond() * sum / cycleSeconds() - 1);
  }

  /** Mean of the time to the next arrival, cut at the end of the piece, from its begin. */
  private static double waitWithin(Piece p) {
    return p.ratePerSecond() == 0
        ? p.seconds()
        : -StrictMath.expm1(-p.arrivals()) / p.ratePerSecond();
  }

  /** Expected arrivals from the begin of a cycle to a time. */
  private double expectedUntil(double seconds) {
    double cycle = cycleSeconds();
    double cycles = Math.floor(seconds / cycle);
    double left = seconds - cycles * cycle;
    double sum = cycles * cycle * ratePerSecond();
    for (Piece p : pieces) {
      sum += Math.max(0, Math.min(left, p.seconds())) * p.ratePerSecond();
      left -= p.seconds();
    }
    return sum;
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    double w = Windows.checked(windowSeconds);
    double cycle = cycleSeconds();
    // Expected counts are linear in the window's begin between these times.
    double[] corners = new double[2 * pieces.size() + 1];
    double time = 0;
    for (int i = 0; i < pieces.size(); i++) {
      corners[2 * i] = time;
      double shifted = time - w;
      corners[2 * i + 1] = shifted - Math.floor(shifted / cycle) * cycle;
      time += pieces.get(i).seconds();
    }
    corners[2 * pieces.size()] = cycle;
    Arrays.sort(corners);
    double mean = ratePerSecond() * w;
    double variance = 0;
    for (int i = 1; i < corners.length; i++) {
      double a = expectedUntil(corners[i - 1] + w) - expectedUntil(corners[i - 1]) - mean;
      double b = expectedUntil(corners[i] + w) - expectedUntil(corners[i]) - mean;
      variance += (corners[i] - corners[i - 1]) * (a * a + a * b + b * b) / 3;
    }
    return 1 + variance / cycle / mean;
  }

  /** {@return 1: over many cycles the differences cancel} */
  @Override
  public double limitOfDispersion() {
    return 1;
  }

  /** {@inheritDoc} The lengths of the pieces stay. */
  @Override
  public PiecewiseArrivals withRate(double ratePerSecond) {
    double factor = ArrivalLaw.checkedRate(ratePerSecond) / ratePerSecond();
    return new PiecewiseArrivals(
        pieces.stream()
            .map(p -> new Piece(p.seconds(), p.ratePerSecond() * factor))
            .collect(ImmutableList.toImmutableList()));
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    return new Stream(pieces, streams.stream(name, replication));
  }

  private static final class Stream implements ArrivalStream {
    private final List<Piece> pieces;
    private final RandomStream stream;
    private int piece;
    private long now;
    private long pieceEnds;

    Stream(List<Piece> pieces, RandomStream stream) {
      this.pieces = pieces;
      this.stream = stream;
      pieceEnds = ArrivalStream.after(0, pieces.get(0).seconds());
    }

    @Override
    public long nextPicos() {
      while (now != NO_MORE) {
        double rate = pieces.get(piece).ratePerSecond();
        long next = rate == 0 ? NO_MORE : ArrivalStream.after(now, stream.nextExponential() / rate);
        if (next < pieceEnds || pieceEnds == NO_MORE) {
          now = next;
          return next;
        }
        // Poisson arrivals have no memory, so the gap is drawn anew in the next piece.
        now = pieceEnds;
        piece = (piece + 1) % pieces.size();
        pieceEnds = ArrivalStream.after(now, pieces.get(piece).seconds());
      }
      return NO_MORE;
    }
  }
}
