package io.github.adaptertwin.gpu.calibration;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.function.IntFunction;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * What the uncertainty of a calibration profile does to a prediction: requests are served with step
 * times drawn from it. Where each draw has requests of its own, as a workload gives them, the
 * intervals hold the chance in the requests as well, which is most of what makes the throughput of
 * an engine that keeps up uncertain; with the same requests each time, as from a trace, they hold
 * the step times alone. Immutable and thread-safe.
 *
 * @param draws how many profiles were drawn
 * @param throughputTokensPerSecond tokens of completed requests per second
 * @param itlSeconds mean time between tokens
 * @param ttftSeconds mean time to first token
 */
public record PredictionIntervals(
    int draws, Interval throughputTokensPerSecond, Interval itlSeconds, Interval ttftSeconds) {
  /** Probability below the upper end of an interval of 90 %. */
  private static final double UPPER = 0.95;

  private static final int LEAST_DRAWS = 2;

  /**
   * An interval that holds one more drawn figure with a probability of 90 %, by the lognormal law:
   * the logarithms' mean and, times the root of 1 + 1 / draws, their standard deviation, by
   * Student's t of one degree of freedom less than there are draws. Few draws make it wide. NaN
   * where a draw has no figure.
   *
   * @param low lower end
   * @param median middle of the law
   * @param high upper end
   */
  public record Interval(double low, double median, double high) {
    /**
     * Makes an interval.
     *
     * @param figures one for each draw, at least two
     * @return the interval; all zero if a figure is zero
     */
    public static Interval of(double[] figures) {
      double sum = 0;
      for (double figure : figures) {
        if (figure == 0) {
          return new Interval(0, 0, 0);
        }
        sum += StrictMath.log(figure);
      }
      double mean = sum / figures.length;
      double squares = 0;
      for (double figure : figures) {
        double off = StrictMath.log(figure) - mean;
        squares += off * off;
      }
      double variance = squares / (figures.length - 1);
      double t = new TDistribution(figures.length - 1).inverseCumulativeProbability(UPPER);
      double half = t * StrictMath.sqrt(variance * (1 + 1.0 / figures.length));
      return new Interval(
          StrictMath.exp(mean - half), StrictMath.exp(mean), StrictMath.exp(mean + half));
    }

    /**
     * {@return whether a figure is inside, ends included}
     *
     * @param figure some figure
     */
    public boolean contains(double figure) {
      return figure >= low && figure <= high;
    }
  }

  /**
   * Serves the same requests with drawn step times.
   *
   * <p>What chance does to the requests is not in the intervals; {@link #of(StepTimeModel,
   * EngineConfig, IntFunction, RunOptions, int, long)} has it.
   *
   * @param costs step times with a profile whose uncertainty is known
   * @param config the engine
   * @param requests what is asked; must give the same requests again
   * @param options horizon and end
   * @param draws profiles to draw, at least 2; some tens settle the ends within a tenth of the
   *     width
   * @param seed of the draws
   * @return the intervals
   * @throws IllegalArgumentException if there are fewer than 2 draws, or nothing is known of the
   *     error of the profile
   */
  public static PredictionIntervals of(
      StepTimeModel costs,
      EngineConfig config,
      RequestSource requests,
      RunOptions options,
      int draws,
      long seed) {
    return of(costs, config, draw -> requests, options, draws, seed);
  }

  /**
   * Serves requests with drawn step times.
   *
   * @param costs step times with a profile whose uncertainty is known
   * @param config the engine
   * @param requests what is asked in a draw [0, draws)
   * @param options horizon and end
   * @param draws profiles to draw, at least 2; some tens settle the ends within a tenth of the
   *     width
   * @param seed of the draws of step times
   * @return the intervals
   * @throws IllegalArgumentException if there are fewer than 2 draws, or nothing is known of the
   *     error of the profile
   */
  public static PredictionIntervals of(
      StepTimeModel costs,
      EngineConfig config,
      IntFunction<? extends RequestSource> requests,
      RunOptions options,
      int draws,
      long seed) {
    if (draws < LEAST_DRAWS) {
      throw new IllegalArgumentException("draws are " + draws + ", must be at least 2");
    }
    if (!costs.uncertaintyKnown()) {
      throw new IllegalArgumentException(
          "nothing is known of the error of the profile '"
              + costs.profile().provenance()
              + "'; calibrate to have its uncertainty");
    }
    double[] throughput = new double[draws];
    double[] itl = new double[draws];
    double[] ttft = new double[draws];
    RandomStreams streams = new RandomStreams(seed);
    for (int d = 0; d < draws; d++) {
      RandomStream stream = streams.stream("calibration", d);
      ReplicaReport report = Replica.of(config, costs.draw(stream)).run(requests.apply(d), options);
      throughput[d] = report.throughputTokensPerSecond();
      itl[d] = report.itl().mean();
      ttft[d] = report.ttft().mean();
    }
    return new PredictionIntervals(
        draws, Interval.of(throughput), Interval.of(itl), Interval.of(ttft));
  }
}
