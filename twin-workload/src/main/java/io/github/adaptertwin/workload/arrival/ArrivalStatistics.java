package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.time.SimulatedTime;

/**
 * What there is to say about arrival times, in one pass and constant memory: rate, CV of the gaps,
 * and the index of dispersion of the counts in consecutive windows that begin with the first
 * arrival; the last, incomplete one is left out. Not thread-safe.
 */
public final class ArrivalStatistics {
  private final long[] windowPicos;
  private final long[] inWindow;
  private final long[] windowEnds;
  private final long[] windows;
  private final long[] counted;
  private final double[] squares;
  private long count;
  private long first;
  private long last;
  private double gapMean;
  private double gapSquares;

  /**
   * Makes statistics without an arrival.
   *
   * @param windowSeconds lengths of windows, each in (0, 9.2e6]
   * @throws IllegalArgumentException if a length is outside its bound
   */
  public ArrivalStatistics(double... windowSeconds) {
    int n = windowSeconds.length;
    windowPicos = new long[n];
    for (int i = 0; i < n; i++) {
      windowPicos[i] = Math.max(1, SimulatedTime.toPicos(Windows.checked(windowSeconds[i])));
    }
    inWindow = new long[n];
    windowEnds = new long[n];
    windows = new long[n];
    counted = new long[n];
    squares = new double[n];
  }

  /**
   * Adds an arrival.
   *
   * @param picos when, not before the arrival added last
   * @throws IllegalArgumentException if time runs backwards
   */
  public void add(long picos) {
    if (picos < last || picos < 0) {
      throw new IllegalArgumentException(
          "arrival at " + picos + " ps is before the one at " + last + " ps; sort them by time");
    }
    if (count == 0) {
      first = picos;
      for (int i = 0; i < windowEnds.length; i++) {
        windowEnds[i] = after(picos, windowPicos[i]);
      }
    } else {
      double gap = SimulatedTime.toSeconds(picos - last);
      double off = gap - gapMean;
      gapMean += off / count;
      gapSquares += off * (gap - gapMean);
    }
    count++;
    last = picos;
    for (int i = 0; i < windowEnds.length; i++) {
      if (picos >= windowEnds[i]) {
        closeWindows(i, picos);
      }
      inWindow[i]++;
    }
  }

  private void closeWindows(int i, long picos) {
    long passed = (picos - windowEnds[i]) / windowPicos[i] + 1;
    windows[i] += passed;
    counted[i] += inWindow[i];
    squares[i] += (double) inWindow[i] * inWindow[i];
    inWindow[i] = 0;
    windowEnds[i] = after(windowEnds[i] + (passed - 1) * windowPicos[i], windowPicos[i]);
  }

  /** A window that would end beyond the longest time never ends. */
  private static long after(long picos, long windowPicos) {
    return picos <= Long.MAX_VALUE - windowPicos ? picos + windowPicos : Long.MAX_VALUE;
  }

  /** {@return number of arrivals} */
  public long count() {
    return count;
  }

  /** {@return seconds from the first to the last arrival, 0 if there are not two} */
  public double spanSeconds() {
    return SimulatedTime.toSeconds(last - first);
  }

  /** {@return arrivals over the time from the first to the last; NaN if that is 0} */
  public double ratePerSecond() {
    return last > first ? count / spanSeconds() : Double.NaN;
  }

  /**
   * {@return standard deviation over mean of the gaps; NaN if there are not two of them or all are
   * 0}
   */
  public double gapCv() {
    return count > 2 && gapMean > 0 ? Math.sqrt(gapSquares / (count - 1)) / gapMean : Double.NaN;
  }

  /**
   * {@return variance over mean of the counts in complete windows; NaN if there are not two of
   * them, or no arrival in them}
   *
   * @param window index of the window in the order of the constructor
   */
  public double indexOfDispersion(int window) {
    double n = windows[window];
    double mean = counted[window] / n;
    return n >= 2 && mean > 0 ? (squares[window] / n - mean * mean) / mean : Double.NaN;
  }
}
